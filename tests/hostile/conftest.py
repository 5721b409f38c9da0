from tests.integration.conftest import project

__all__ = ["project"]
