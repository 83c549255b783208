import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.mypurecloud.sdk.v2.ApiClient;
import com.mypurecloud.sdk.v2.ApiException;
import com.mypurecloud.sdk.v2.api.OAuthApi;
import com.mypurecloud.sdk.v2.api.OrganizationApi;
import com.mypurecloud.sdk.v2.api.TokensApi;
import com.mypurecloud.sdk.v2.api.UsageApi;
import com.mypurecloud.sdk.v2.api.UsersApi;
import com.mypurecloud.sdk.v2.model.ApiUsageClientQuery;
import com.mypurecloud.sdk.v2.model.ApiUsageOrganizationQuery;
import com.mypurecloud.sdk.v2.model.ApiUsageQueryResult;
import com.mypurecloud.sdk.v2.model.ApiUsageRow;
import com.mypurecloud.sdk.v2.model.ApiUsageSimpleSearch;
import com.mypurecloud.sdk.v2.model.OAuthClient;
import com.mypurecloud.sdk.v2.model.OAuthClientRequest;
import com.mypurecloud.sdk.v2.model.UsageExecutionResult;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;

/** Takes its steps with the platform's Java client: see conformance/README.md. */
public final class Driver {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ApiClient client;
  private final ObjectMapper models;
  private final UsageApi usage;
  private final OAuthApi oauth;

  private Driver(String url, String token) {
    client = ApiClient.Builder.standard()
        .withBasePath(url)
        .withAccessToken(token)
        .withShouldRefreshAccessToken(false)
        .build();
    models = client.getObjectMapper();
    usage = new UsageApi(client);
    oauth = new OAuthApi(client);
  }

  public static void main(String[] arguments) throws Exception {
    JsonNode input = JSON.readTree(System.in);
    ArrayNode transcript = JSON.createArrayNode();
    for (JsonNode step : input.get("steps")) {
      String token = step.path("token").asText(input.get("accessToken").asText());
      ObjectNode taken = transcript.addObject().put("name", step.get("name").asText());
      Driver driver = new Driver(input.get("url").asText(), token);
      try {
        taken.setAll(driver.take(step));
      } catch (ApiException error) {
        taken.setAll(surfaced(error));
      }
      driver.client.close();
    }
    System.out.println(transcript);
  }

  private ObjectNode take(JsonNode step) throws IOException, ApiException, InterruptedException {
    ObjectNode taken = JSON.createObjectNode();
    switch (step.get("operation").asText()) {
      case "tokensMe": return taken.set("answer", wireOf(new TokensApi(client).getTokensMe((Boolean) null)));
      case "organizationsMe": return taken.set("answer", wireOf(new OrganizationApi(client).getOrganizationsMe()));
      case "usersMe": return taken.set("answer", wireOf(new UsersApi(client).getUsersMe(null, null)));
      case "clientLifeCycle": return taken.set("answer", lifeCycle(step));
      default: return journey(step, taken);
    }
  }

  private ObjectNode journey(JsonNode step, ObjectNode taken) throws IOException, ApiException, InterruptedException {
    String id = step.path("id").asText(null);
    if (id == null) {
      UsageExecutionResult submitted = submit(step);
      id = submitted.getExecutionId();
      taken.set("submitted", wireOf(submitted));
    }
    Set<String> statuses = new LinkedHashSet<>();
    ApiUsageQueryResult result = read(step, id);
    statuses.add(result.getQueryStatus().toString());
    while (result.getQueryStatus() == ApiUsageQueryResult.QueryStatusEnum.RUNNING) {
      Thread.sleep(10);
      result = read(step, id);
      statuses.add(result.getQueryStatus().toString());
    }
    taken.set("statuses", JSON.valueToTree(statuses));
    ArrayNode rows = taken.putArray("pages").addArray();
    for (ApiUsageRow row : result.getResults()) rows.add(rowOf(row));
    return taken;
  }

  private UsageExecutionResult submit(JsonNode step) throws IOException, ApiException {
    String clientId = step.path("clientId").asText(null);
    switch (step.get("operation").asText()) {
      case "organizationQuery": return usage.postUsageQuery(modelOf(step, ApiUsageOrganizationQuery.class));
      case "clientQuery": return usage.postOauthClientUsageQuery(clientId, modelOf(step, ApiUsageClientQuery.class));
      case "clientSummary": return usage.getOauthClientUsageSummary(clientId, step.path("days").asText(null));
      case "simpleSearch": return usage.postUsageSimplesearch(modelOf(step, ApiUsageSimpleSearch.class));
      default: throw new IllegalArgumentException("this client has no " + step.get("operation"));
    }
  }

  private ApiUsageQueryResult read(JsonNode step, String id) throws IOException, ApiException {
    switch (step.get("operation").asText()) {
      case "organizationQuery": return usage.getUsageQueryExecutionIdResults(id);
      case "simpleSearch": return usage.getUsageSimplesearchExecutionIdResults(id);
      default: return usage.getOauthClientUsageQueryResult(id, step.get("clientId").asText());
    }
  }

  private ObjectNode lifeCycle(JsonNode step) throws IOException, ApiException {
    ObjectNode answer = JSON.createObjectNode();
    OAuthClient created = oauth.postOauthClients(modelOf(step, OAuthClientRequest.class));
    String id = created.getId();
    answer.set("created", wireOf(created));
    answer.set("listed", wireOf(oauth.getOauthClients()));
    answer.set("read", wireOf(oauth.getOauthClient(id)));
    OAuthClientRequest update = models.readValue(step.get("update").toString(), OAuthClientRequest.class);
    answer.set("updated", wireOf(oauth.putOauthClient(id, update)));
    answer.set("resecreted", wireOf(oauth.postOauthClientSecret(id)));
    oauth.deleteOauthClient(id);
    try {
      answer.putObject("afterDelete").set("answer", wireOf(oauth.getOauthClient(id)));
    } catch (ApiException error) {
      answer.set("afterDelete", surfaced(error));
    }
    return answer;
  }

  private <T> T modelOf(JsonNode step, Class<T> model) throws IOException {
    return models.readValue(step.get("body").toString(), model);
  }

  private static ObjectNode rowOf(ApiUsageRow row) {
    ObjectNode wire = JSON.createObjectNode();
    wire.put("clientId", row.getClientId()).put("clientName", row.getClientName());
    wire.put("organizationId", row.getOrganizationId()).put("userId", row.getUserId());
    wire.put("templateUri", row.getTemplateUri()).put("httpMethod", row.getHttpMethod());
    wire.put("status200", row.getStatus200()).put("status300", row.getStatus300());
    wire.put("status400", row.getStatus400()).put("status500", row.getStatus500());
    wire.put("status429", row.getStatus429()).put("requests", row.getRequests());
    wire.put("date", row.getDate() == null ? null : row.getDate().toInstant().toString());
    return withoutNulls(wire);
  }

  private JsonNode wireOf(Object model) throws IOException {
    JsonNode wire = JSON.readTree(models.writeValueAsString(model));
    return wire.isObject() ? withoutNulls((ObjectNode) wire) : wire;
  }

  /** Null is what was not there. */
  private static ObjectNode withoutNulls(ObjectNode wire) {
    wire.properties().removeIf(field -> field.getValue().isNull());
    return wire;
  }

  /** The client throws the status, the headers and the body as text. */
  private static ObjectNode surfaced(ApiException error) throws IOException {
    JsonNode body = JSON.readTree(error.getRawBody());
    ObjectNode told = JSON.createObjectNode();
    told.putObject("error")
        .put("status", error.getStatusCode())
        .put("code", body.path("code").asText())
        .put("message", body.path("message").asText())
        .put("retryAfter", error.getHeader("Retry-After"));
    return told;
  }
}
