"""The seed's query through the platform's own Python SDK, unmodified: prints the rows as JSON.

usage: seed_query.py URL CLIENT_ID CLIENT_SECRET
"""
import json
import sys

import PureCloudPlatformClientV2 as platform

ROW = {
    "clientId": "client_id", "clientName": "client_name", "organizationId": "organization_id", "userId": "user_id",
    "templateUri": "template_uri", "httpMethod": "http_method", "status200": "status200", "status300": "status300",
    "status400": "status400", "status500": "status500", "status429": "status429", "requests": "requests",
}


def main(url, client_id, client_secret):
    platform.configuration.host = url
    client = platform.api_client.ApiClient().get_client_credentials_token(client_id, client_secret)
    usage = platform.UsageApi(client)
    body = {"interval": "2020-02-01/2020-02-28", "granularity": "Day", "groupBy": ["OAuthClientId", "TemplateUri"]}
    execution = usage.post_usage_query(body)
    answer = usage.get_usage_query_execution_id_results(execution.execution_id)
    while answer.query_status == "Running":
        answer = usage.get_usage_query_execution_id_results(execution.execution_id)
    assert answer.query_status == "Complete", answer.query_status
    rows = [{**{name: getattr(row, field) for name, field in ROW.items()}, "date": row.date.strftime("%Y-%m-%dT%H:%M:%SZ")}
            for row in answer.results]
    json.dump({"sdk": platform.__name__, "rows": rows}, sys.stdout)


main(*sys.argv[1:])
