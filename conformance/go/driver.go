// Takes its steps with the platform's Go client: see conformance/README.md.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	platform "github.com/mypurecloud/platform-client-sdk-go/v150/platformclientv2"
)

type step struct {
	Name      string          `json:"name"`
	Operation string          `json:"operation"`
	ClientID  string          `json:"clientId"`
	ID        string          `json:"id"`
	Days      string          `json:"days"`
	PageSize  int             `json:"pageSize"`
	Token     string          `json:"token"`
	Body      json.RawMessage `json:"body"`
	Update    json.RawMessage `json:"update"`
}

type errand struct {
	URL          string `json:"url"`
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	Steps        []step `json:"steps"`
}

type object = map[string]any

// refused is what the client told of an answer that was no success.
type refused struct{ told object }

func (r refused) Error() string { return fmt.Sprint(r.told) }

type driver struct {
	configuration *platform.Configuration
	usage         *platform.UsageApi
	oauth         *platform.OAuthApi
}

func main() {
	var given errand
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		panic(err)
	}
	configuration := platform.NewConfiguration()
	configuration.BasePath = given.URL
	if err := configuration.AuthorizeClientCredentials(given.ClientID, given.ClientSecret); err != nil {
		panic(err)
	}
	own := configuration.AccessToken
	driver := driver{
		configuration,
		platform.NewUsageApiWithConfig(configuration),
		platform.NewOAuthApiWithConfig(configuration),
	}
	transcript := []object{}
	for _, step := range given.Steps {
		configuration.AccessToken = own
		if step.Token != "" {
			configuration.AccessToken = step.Token
		}
		taken, err := driver.take(step)
		if refusal, is := err.(refused); is {
			taken = object{"error": refusal.told}
		} else if err != nil {
			panic(err)
		}
		taken["name"] = step.Name
		transcript = append(transcript, taken)
	}
	if err := json.NewEncoder(os.Stdout).Encode(transcript); err != nil {
		panic(err)
	}
}

func (d driver) take(step step) (object, error) {
	switch step.Operation {
	case "tokensMe":
		return answer(asked(platform.NewTokensApiWithConfig(d.configuration).GetTokensMe(false)))
	case "organizationsMe":
		return answer(asked(platform.NewOrganizationApiWithConfig(d.configuration).GetOrganizationsMe()))
	case "usersMe":
		return answer(asked(platform.NewUsersApiWithConfig(d.configuration).GetUsersMe(nil, "")))
	case "clientLifeCycle":
		answer, err := d.lifeCycle(step)
		return object{"answer": answer}, err
	}
	if step.ID != "" {
		return d.readToTheEnd(step, step.ID, object{"id": step.ID})
	}
	submitted, err := d.submit(step)
	if err != nil {
		return nil, err
	}
	return d.readToTheEnd(step, *submitted.ExecutionId, wireOf(submitted))
}

func (d driver) submit(step step) (*platform.Usageexecutionresult, error) {
	switch step.Operation {
	case "organizationQuery":
		return asked(d.usage.PostUsageQuery(modelOf[platform.Apiusageorganizationquery](step.Body)))
	case "clientQuery":
		return asked(d.usage.PostOauthClientUsageQuery(step.ClientID, modelOf[platform.Apiusageclientquery](step.Body)))
	case "clientSummary":
		return asked(d.usage.GetOauthClientUsageSummary(step.ClientID, step.Days))
	case "simpleSearch":
		return asked(d.usage.PostUsageSimplesearch(modelOf[platform.Apiusagesimplesearch](step.Body)))
	}
	return nil, fmt.Errorf("this client has no %s", step.Operation)
}

func (d driver) read(step step, id string, after string) (*platform.Apiusagequeryresult, error) {
	switch step.Operation {
	case "organizationQuery":
		return asked(d.usage.GetUsageQueryExecutionIdResults(id))
	case "simpleSearch":
		return asked(d.usage.GetUsageSimplesearchExecutionIdResults(id, after, step.PageSize))
	}
	return asked(d.usage.GetOauthClientUsageQueryResult(id, step.ClientID))
}

func (d driver) readToTheEnd(step step, id string, submitted object) (object, error) {
	statuses, pages, after := []string{}, []any{}, ""
	for {
		page, err := d.read(step, id, after)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(statuses, *page.QueryStatus) {
			statuses = append(statuses, *page.QueryStatus)
		}
		if *page.QueryStatus == "Running" {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		rows := []any{}
		if page.Results != nil {
			for _, row := range *page.Results {
				rows = append(rows, rowOf(row))
			}
		}
		pages = append(pages, rows)
		if page.Cursors == nil || page.Cursors.After == nil {
			return object{"submitted": submitted, "statuses": statuses, "pages": pages}, nil
		}
		after = *page.Cursors.After
	}
}

func (d driver) lifeCycle(step step) (object, error) {
	created, err := asked(d.oauth.PostOauthClients(modelOf[platform.Oauthclientrequest](step.Body)))
	if err != nil {
		return nil, err
	}
	id := *created.Id
	listed, err := asked(d.oauth.GetOauthClients())
	if err != nil {
		return nil, err
	}
	read, err := asked(d.oauth.GetOauthClient(id))
	if err != nil {
		return nil, err
	}
	updated, err := asked(d.oauth.PutOauthClient(id, modelOf[platform.Oauthclientrequest](step.Update)))
	if err != nil {
		return nil, err
	}
	resecreted, err := asked(d.oauth.PostOauthClientSecret(id))
	if err != nil {
		return nil, err
	}
	response, err := d.oauth.DeleteOauthClient(id)
	if _, err = asked(&object{}, response, err); err != nil {
		return nil, err
	}
	afterDelete := object{}
	if found, err := asked(d.oauth.GetOauthClient(id)); err == nil {
		afterDelete["answer"] = wireOf(found)
	} else if refusal, is := err.(refused); is {
		afterDelete["error"] = refusal.told
	} else {
		return nil, err
	}
	return object{
		"created": wireOf(created), "listed": wireOf(listed), "read": wireOf(read), "updated": wireOf(updated),
		"resecreted": wireOf(resecreted), "afterDelete": afterDelete,
	}, nil
}

// asked tells a refusal of the server from a failure of the program.
func asked[T any](found *T, response *platform.APIResponse, err error) (*T, error) {
	if err == nil && (response == nil || response.Error == nil) {
		return found, nil
	}
	if response == nil || response.Response == nil {
		return nil, err
	}
	told := object{"status": response.StatusCode}
	if response.Error != nil {
		told["code"], told["message"] = response.Error.Code, response.Error.Message
	}
	if retryAfter := response.Response.Header.Get("Retry-After"); retryAfter != "" {
		told["retryAfter"] = retryAfter
	}
	return nil, refused{told}
}

func answer[T any](found *T, err error) (object, error) {
	if err != nil {
		return nil, err
	}
	return object{"answer": wireOf(found)}, nil
}

func modelOf[T any](wire json.RawMessage) T {
	var model T
	if err := json.Unmarshal(wire, &model); err != nil {
		panic(err)
	}
	return model
}

// wireOf is what a model holds, with the keys of the wire.
func wireOf(model any) object {
	text, err := json.Marshal(model)
	if err != nil {
		panic(err)
	}
	wire := object{}
	if err := json.Unmarshal(text, &wire); err != nil {
		panic(err)
	}
	return wire
}

func rowOf(row platform.Apiusagerow) object {
	wire := wireOf(&row)
	if row.Date != nil {
		wire["date"] = row.Date.UTC().Format("2006-01-02T15:04:05Z")
	}
	return wire
}
