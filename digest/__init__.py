"""A self-hosted daily news digest: collect -> merge -> compose -> render -> deliver."""

from importlib.metadata import version

__version__ = version("newsletter-digest")
