"""Each operation of the API with a few requests that schemathesis makes up of the document.

`make api-check` tries for ten minutes, with all that schemathesis looks at.
"""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.api_client import HOME, ApiSite, api_site
from tests.sampling import sample
from tests.sites import fill


@pytest.fixture(scope="module")
def site(tmp_path_factory, sqlite_template):
    root = tmp_path_factory.mktemp("api-sample") / "project"
    with api_site(root, template=sqlite_template) as site:
        fill(site.pipeline, days=0, stories_a_day=3)
        yield site


def test_no_operation_answers_what_the_document_does_not_have(site: ApiSite):
    schema = schemathesis.openapi.from_dict(site.document)
    client = site.client("sample")
    for operation in sample(site.operations, 3):
        strategy = schema[operation.path][operation.method].as_strategy()

        @given(case=strategy)
        @settings(
            max_examples=3,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def try_it(case: Any) -> None:
            asked = case.as_transport_kwargs(base_url=HOME)
            names = ("headers", "params", "json")
            options = {name: asked[name] for name in names if asked.get(name) is not None}
            answer = client.request(asked["method"], asked["url"], **options)
            site.check(asked["method"], answer)

        try_it()
