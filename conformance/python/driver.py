"""Takes its steps with the platform's Python client, of any release: see conformance/README.md."""
import datetime
import json
import re
import sys
import time
import urllib.parse

import PureCloudPlatformClientV2 as platform
from PureCloudPlatformClientV2.rest import ApiException


KINDS = {
    "organizationQuery": "ApiUsageOrganizationQuery",
    "clientQuery": "ApiUsageClientQuery",
    "simpleSearch": "ApiUsageSimpleSearch",
    "organizationJob": "OrganizationPublicApiUsageQueryRequest",
    "clientJob": "ClientPublicApiUsageQueryRequest",
}


def kind_of(operation):
    """Releases before 2023 have one model for both queries."""
    return KINDS[operation] if hasattr(platform, KINDS[operation]) else "ApiUsageQuery"


def model(kind, wire):
    """The client's own model of this kind, set attribute by attribute; its setters see every value."""
    made = getattr(platform, kind)()
    attributes = {key: attribute for attribute, key in made.attribute_map.items()}
    for key, value in wire.items():
        inner = re.match(r"list\[(\w+)\]", made.swagger_types[attributes[key]])
        if inner and hasattr(platform, inner.group(1)):
            value = [model(inner.group(1), item) for item in value]
        setattr(made, attributes[key], value)
    return made


def wire_of(value):
    """What a model holds, with the keys of the wire; None is what was not there."""
    if hasattr(value, "attribute_map"):
        fields = {key: getattr(value, attribute) for attribute, key in value.attribute_map.items()}
        return {key: wire_of(field) for key, field in fields.items() if field is not None}
    if isinstance(value, list):
        return [wire_of(item) for item in value]
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, datetime.date) else value


class Driver:
    def __init__(self, client):
        self.client = client
        self.usage = platform.UsageApi(client)
        self.oauth = platform.OAuthApi(client)

    def submit(self, step):
        operation, client_id = step["operation"], step.get("clientId")
        if operation == "clientSummary":
            days = {"days": step["days"]} if "days" in step else {}
            return self.oauth.get_oauth_client_usage_summary(client_id, **days)
        body = model(kind_of(operation), step["body"])
        if operation == "organizationQuery":
            return self.usage.post_usage_query(body)
        if operation == "clientQuery":
            return self.oauth.post_oauth_client_usage_query(client_id, body)
        if operation == "simpleSearch":
            return self.usage.post_usage_simplesearch(body)
        if operation == "organizationJob":
            return self.usage.post_usage_aggregates_query_jobs(body)
        return self.usage.post_usage_client_client_id_aggregates_query_jobs(client_id, body)

    def read(self, step, id, **page):
        operation, client_id = step["operation"], step.get("clientId")
        if operation == "organizationQuery":
            return self.usage.get_usage_query_execution_id_results(id)
        if operation in ("clientQuery", "clientSummary"):
            return self.oauth.get_oauth_client_usage_query_result(id, client_id)
        if operation == "simpleSearch":
            return self.usage.get_usage_simplesearch_execution_id_results(id, **page)
        if operation == "organizationJob":
            return self.usage.get_usage_aggregates_query_job(id, **page)
        return self.usage.get_usage_client_client_id_aggregates_query_job(client_id, id, **page)

    def read_to_the_end(self, step, id):
        statuses, pages, after = [], [], {}
        size = {"page_size": step["pageSize"]} if "pageSize" in step else {}
        while True:
            page = self.read(step, id, **size, **after)
            if page.query_status not in statuses:
                statuses.append(page.query_status)
            if page.query_status in ("Running", "Queued"):
                time.sleep(0.01)
                continue
            pages.append(wire_of(page.results if hasattr(page, "results") else page.entities))
            cursor = self.cursor_of(page)
            if cursor is None:
                return {"statuses": statuses, "pages": pages}
            after = {"after": cursor}

    @staticmethod
    def cursor_of(page):
        if getattr(page, "cursors", None):
            return page.cursors.after
        if getattr(page, "next_uri", None):
            return urllib.parse.parse_qs(urllib.parse.urlparse(page.next_uri).query)["after"][0]
        return None

    def life_cycle(self, step):
        created = self.oauth.post_oauth_clients(model("OAuthClientRequest", step["body"]))
        listed = self.oauth.get_oauth_clients()
        read = self.oauth.get_oauth_client(created.id)
        updated = self.oauth.put_oauth_client(created.id, model("OAuthClientRequest", step["update"]))
        resecreted = self.oauth.post_oauth_client_secret(created.id)
        self.oauth.delete_oauth_client(created.id)
        try:
            after_delete = {"answer": wire_of(self.oauth.get_oauth_client(created.id))}
        except ApiException as error:
            after_delete = surfaced(error)
        return {"created": wire_of(created), "listed": wire_of(listed), "read": wire_of(read),
                "updated": wire_of(updated), "resecreted": wire_of(resecreted), "afterDelete": after_delete}

    def neighbour(self, step):
        if step["operation"] == "clientLifeCycle":
            return self.life_cycle(step)
        if step["operation"] == "tokensMe":
            return wire_of(platform.TokensApi(self.client).get_tokens_me())
        if step["operation"] == "organizationsMe":
            return wire_of(platform.OrganizationApi(self.client).get_organizations_me())
        return wire_of(platform.UsersApi(self.client).get_users_me())

    def take(self, step):
        if step["operation"] in ("tokensMe", "organizationsMe", "usersMe", "clientLifeCycle"):
            return {"answer": self.neighbour(step)}
        if "id" in step:
            return {"submitted": {"id": step["id"]}, **self.read_to_the_end(step, step["id"])}
        submitted = wire_of(self.submit(step))
        id = submitted.get("executionId") or submitted["id"]
        return {"submitted": submitted, **self.read_to_the_end(step, id)}


def surfaced(error):
    """The client raises the status, the headers and the body as text."""
    body = json.loads(error.body)
    return {"error": {"status": error.status, "code": body["code"], "message": body["message"],
                      "retryAfter": error.headers.get("Retry-After")}}


def main():
    given = json.load(sys.stdin)
    platform.configuration.host = given["url"]
    client = platform.api_client.ApiClient().get_client_credentials_token(given["clientId"], given["clientSecret"])
    own_token = client.access_token
    driver, transcript = Driver(client), []
    for step in given["steps"]:
        client.access_token = step.get("token", own_token)
        try:
            transcript.append({"name": step["name"], **driver.take(step)})
        except ApiException as error:
            transcript.append({"name": step["name"], **surfaced(error)})
    json.dump(transcript, sys.stdout)


main()
