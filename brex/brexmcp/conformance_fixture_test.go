//go:build mcp

//lint:file-ignore SA1019 the conformance tool calls for what newer revisions deprecate

package brexmcp

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// The conformance tool calls tools, resources and prompts of these names. They stand here on a
// server with the product's middleware and options.

type toolFunc = func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error)

var (
	onePixel = decode64("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==")
	silence  = decode64("UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=")
)

func decode64(s string) []byte {
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return data
}

func says(format string, args ...any) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: fmt.Sprintf(format, args...)}}}
}

func always(content ...mcp.Content) toolFunc {
	return func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: content}, nil
	}
}

func embedded(uri string) *mcp.EmbeddedResource {
	return &mcp.EmbeddedResource{Resource: &mcp.ResourceContents{URI: uri, MIMEType: "text/plain", Text: "embedded"}}
}

// asking calls for a person by the older revisions' request.
func asking(schema string) toolFunc {
	return func(ctx context.Context, q *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		r, err := q.Session.Elicit(ctx, &mcp.ElicitParams{Message: "please fill this in", RequestedSchema: json.RawMessage(schema)})
		if err != nil {
			return failed(err), nil
		}
		return says("action %s, content %v", r.Action, r.Content), nil
	}
}

const (
	nameSchema    = `{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}`
	okSchema      = `{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]}`
	defaultSchema = `{"type":"object","properties":{"name":{"type":"string","default":"John Doe"},"age":{"type":"integer","default":30},
		"score":{"type":"number","default":95.5},"status":{"type":"string","enum":["active","inactive","pending"],"default":"active"},
		"verified":{"type":"boolean","default":true}}}`
	enumSchema = `{"type":"object","properties":{"untitledSingle":{"type":"string","enum":["option1","option2","option3"]},
		"titledSingle":{"type":"string","oneOf":[{"const":"value1","title":"First"},{"const":"value2","title":"Second"},{"const":"value3","title":"Third"}]},
		"legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],"enumNames":["One","Two","Three"]},
		"untitledMulti":{"type":"array","items":{"type":"string","enum":["option1","option2","option3"]}},
		"titledMulti":{"type":"array","items":{"type":"string","anyOf":[{"const":"value1","title":"First"},{"const":"value2","title":"Second"},{"const":"value3","title":"Third"}]}}}}`
	wideSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
		"$defs":{"address":{"$anchor":"addressDef","type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},
		"properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},"contactMethod":{"type":"string","enum":["phone","email"]},
		"phone":{"type":"string"},"email":{"type":"string"}},"allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],
		"if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},"then":{"required":["phone"]},"else":{"required":["email"]},
		"additionalProperties":false}`
	headerSchema = `{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},"level":{"type":"integer"}}}`
)

func elicit(message, schema string) *mcp.ElicitParams {
	return &mcp.ElicitParams{Message: message, RequestedSchema: json.RawMessage(schema)}
}

func sample(text string) *mcp.CreateMessageParams {
	return &mcp.CreateMessageParams{Messages: []*mcp.SamplingMessage{{Role: "user", Content: &mcp.TextContent{Text: text}}}, MaxTokens: 100}
}

// accepted is what a person filled in; nil if they did not.
func accepted(all mcp.InputResponseMap, name string) map[string]any {
	if r, ok := all[name].(*mcp.ElicitResult); ok && r != nil && r.Action == "accept" {
		return r.Content
	}
	return nil
}

func needs(state string, requests mcp.InputRequestMap) (*mcp.CallToolResult, error) {
	return &mcp.CallToolResult{InputRequests: requests, RequestState: state}, nil
}

// stateful completes when its state comes back as it was given.
func stateful(state string) toolFunc {
	return func(_ context.Context, q *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		switch {
		case q.Params.RequestState != "" && q.Params.RequestState != state:
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "the state is not the one that was given"}
		case q.Params.RequestState != "" && accepted(q.Params.InputResponses, "confirm") != nil:
			return says("state-ok"), nil
		}
		return needs(state, mcp.InputRequestMap{"confirm": elicit("please confirm", okSchema)})
	}
}

func rounds(_ context.Context, q *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	const second = "round=2;"
	switch state := q.Params.RequestState; {
	case state == "":
		return needs("round=1", mcp.InputRequestMap{"step1": elicit("name", nameSchema)})
	case state == "round=1":
		return needs(fmt.Sprint(second, accepted(q.Params.InputResponses, "step1")["name"]), mcp.InputRequestMap{"step2": elicit("colour",
			`{"type":"object","properties":{"color":{"type":"string"}},"required":["color"]}`)})
	default:
		return says("%s likes %v", strings.TrimPrefix(state, second), accepted(q.Params.InputResponses, "step2")["color"]), nil
	}
}

// once asks for what requests names, and is content with any response to each.
func once(state string, requests func(*mcp.CallToolRequest) mcp.InputRequestMap) toolFunc {
	return func(_ context.Context, q *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		wanted := requests(q)
		for name, request := range wanted {
			given := q.Params.InputResponses[name]
			if _, person := request.(*mcp.ElicitParams); given == nil || person && accepted(q.Params.InputResponses, name)["name"] == nil {
				return needs(state, wanted)
			}
		}
		return says("complete: %v", accepted(q.Params.InputResponses, "user_name")["name"]), nil
	}
}

func fixed(requests mcp.InputRequestMap) func(*mcp.CallToolRequest) mcp.InputRequestMap {
	return func(*mcp.CallToolRequest) mcp.InputRequestMap { return requests }
}

func capable(q *mcp.CallToolRequest) mcp.InputRequestMap {
	c, all := q.ClientCapabilities(), mcp.InputRequestMap{}
	if c != nil && c.Elicitation != nil {
		all["user_name"] = elicit("name", nameSchema)
	}
	if c != nil && c.Sampling != nil {
		all["greeting"] = sample("greet")
	}
	return all
}

func logging(ctx context.Context, q *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	for _, line := range []string{"started", "processing", "completed"} {
		_ = q.Session.Log(ctx, &mcp.LoggingMessageParams{Level: "info", Data: line})
		time.Sleep(20 * time.Millisecond)
	}
	return says("logged"), nil
}

func progress(ctx context.Context, q *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	for _, at := range []float64{0, 50, 100} {
		_ = q.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: q.Params.GetProgressToken(), Progress: at, Total: 100})
		time.Sleep(20 * time.Millisecond)
	}
	return says("%v", q.Params.GetProgressToken()), nil
}

func sampling(ctx context.Context, q *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	var in struct{ Prompt string }
	if err := json.Unmarshal(q.Params.Arguments, &in); err != nil {
		return failed(err), nil
	}
	r, err := q.Session.CreateMessage(ctx, sample(in.Prompt))
	if err != nil {
		return failed(err), nil
	}
	text, _ := r.Content.(*mcp.TextContent)
	return says("LLM response: %v", text), nil
}

func reconnect(_ context.Context, q *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if q.Extra != nil && q.Extra.CloseSSEStream != nil {
		q.Extra.CloseSSEStream(mcp.CloseSSEStreamArgs{RetryAfter: 10 * time.Millisecond})
	}
	time.Sleep(100 * time.Millisecond)
	return says("reconnected"), nil
}

func capability(_ context.Context, q *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if c := q.ClientCapabilities(); c != nil && c.Sampling != nil {
		return says("the client can sample"), nil
	}
	data, err := json.Marshal(mcp.MissingRequiredClientCapabilityData{RequiredCapabilities: &mcp.ClientCapabilities{Sampling: &mcp.SamplingCapabilities{}}})
	if err != nil {
		return nil, err
	}
	return nil, &jsonrpc.Error{Code: mcp.CodeMissingRequiredClientCapabilities, Message: "sampling is needed", Data: data}
}

// fixture adds to a server what the conformance tool calls.
func addFixtures(m *mcp.Server) {
	add := func(name, schema string, f toolFunc) {
		if schema == "" {
			schema = `{"type":"object"}`
		}
		m.AddTool(&mcp.Tool{Name: name, Description: "a fixture", InputSchema: json.RawMessage(schema)}, f)
	}
	image := &mcp.ImageContent{Data: onePixel, MIMEType: "image/png"}
	for name, f := range map[string]toolFunc{
		"test_simple_text":            always(&mcp.TextContent{Text: "This is a simple text response for testing."}),
		"test_image_content":          always(image),
		"test_audio_content":          always(&mcp.AudioContent{Data: silence, MIMEType: "audio/wav"}),
		"test_embedded_resource":      always(embedded("test://embedded-resource")),
		"test_multiple_content_types": always(&mcp.TextContent{Text: "several"}, image, embedded("test://embedded-in-multiple")),
		"test_tool_with_logging":      logging,
		"test_tool_with_progress":     progress,
		"test_error_handling": func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return failed(errors.New("this tool fails")), nil
		},
		"test_sampling":                             sampling,
		"test_elicitation":                          asking(`{"type":"object","properties":{"username":{"type":"string"}},"required":["username"]}`),
		"test_elicitation_sep1034_defaults":         asking(defaultSchema),
		"test_elicitation_sep1330_enums":            asking(enumSchema),
		"test_reconnection":                         reconnect,
		"test_missing_capability":                   capability,
		"test_streaming_elicitation":                always(&mcp.TextContent{Text: "a result only"}),
		"test_logging_tool":                         logging,
		"test_input_required_result_elicitation":    once("", fixed(mcp.InputRequestMap{"user_name": elicit("What is your name?", nameSchema)})),
		"test_input_required_result_sampling":       once("", fixed(mcp.InputRequestMap{"capital_question": sample("What is the capital of France?")})),
		"test_input_required_result_list_roots":     once("", fixed(mcp.InputRequestMap{"client_roots": &mcp.ListRootsParams{}})),
		"test_input_required_result_request_state":  stateful("request_state"),
		"test_input_required_result_tampered_state": stateful("tampered_state"),
		"test_input_required_result_multi_round":    rounds,
		"test_input_required_result_capabilities":   once("", capable),
		"test_input_required_result_multiple_inputs": once("multiple_inputs", fixed(mcp.InputRequestMap{"user_name": elicit("What is your name?", nameSchema),
			"greeting": sample("greet"), "client_roots": &mcp.ListRootsParams{}})),
	} {
		add(name, "", f)
	}
	add("json_schema_2020_12_tool", wideSchema, always(&mcp.TextContent{Text: "called"}))
	add("test_x_mcp_header", headerSchema, always(&mcp.TextContent{Text: "called"}))
	add("test_trigger_tool_change", "", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		add("transient", "", always())
		return says("published"), nil
	})
	add("test_trigger_prompt_change", "", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		m.AddPrompt(&mcp.Prompt{Name: "transient", Description: "a fixture"}, promptOf())
		return says("published"), nil
	})
	addFixtureResources(m)
	addFixturePrompts(m)
}

func addFixtureResources(m *mcp.Server) {
	read := func(kind string, blob []byte) mcp.ResourceHandler {
		return func(_ context.Context, q *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			c := &mcp.ResourceContents{URI: q.Params.URI, MIMEType: kind, Blob: blob}
			if blob == nil {
				id := strings.TrimSuffix(strings.TrimPrefix(q.Params.URI, "test://template/"), "/data")
				c.Text = fmt.Sprintf(`{"id":%q,"templateTest":true,"data":"Data for ID: %s"}`, id, id)
			}
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{c}}, nil
		}
	}
	m.AddResource(&mcp.Resource{Name: "text", URI: "test://static-text", MIMEType: "text/plain"}, read("text/plain", nil))
	m.AddResource(&mcp.Resource{Name: "binary", URI: "test://static-binary", MIMEType: "image/png"}, read("image/png", onePixel))
	m.AddResource(&mcp.Resource{Name: "watched", URI: "test://watched-resource", MIMEType: "text/plain"}, read("text/plain", nil))
	m.AddResourceTemplate(&mcp.ResourceTemplate{Name: "template", URITemplate: "test://template/{id}/data", MIMEType: "application/json"}, read("application/json", nil))
}

func promptOf(content ...mcp.Content) mcp.PromptHandler {
	return func(_ context.Context, q *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		r := &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: fmt.Sprint("arguments ", q.Params.Arguments)}}}}
		if uri := q.Params.Arguments["resourceUri"]; uri != "" {
			content = []mcp.Content{embedded(uri)}
		}
		for _, c := range content {
			r.Messages = append([]*mcp.PromptMessage{{Role: "user", Content: c}}, r.Messages...)
		}
		return r, nil
	}
}

func addFixturePrompts(m *mcp.Server) {
	arguments := func(names ...string) (all []*mcp.PromptArgument) {
		for _, name := range names {
			all = append(all, &mcp.PromptArgument{Name: name, Required: true})
		}
		return all
	}
	m.AddPrompt(&mcp.Prompt{Name: "test_simple_prompt", Description: "a fixture"}, promptOf())
	m.AddPrompt(&mcp.Prompt{Name: "test_prompt_with_arguments", Description: "a fixture", Arguments: arguments("arg1", "arg2")}, promptOf())
	m.AddPrompt(&mcp.Prompt{Name: "test_prompt_with_embedded_resource", Description: "a fixture", Arguments: arguments("resourceUri")}, promptOf())
	m.AddPrompt(&mcp.Prompt{Name: "test_prompt_with_image", Description: "a fixture"}, promptOf(&mcp.ImageContent{Data: onePixel, MIMEType: "image/png"}))
	m.AddPrompt(&mcp.Prompt{Name: "test_input_required_result_prompt", Description: "a fixture"}, func(_ context.Context, q *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		if given := accepted(q.Params.InputResponses, "user_context"); given != nil {
			return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: fmt.Sprint(given["context"])}}}}, nil
		}
		return &mcp.GetPromptResult{InputRequests: mcp.InputRequestMap{"user_context": elicit("context",
			`{"type":"object","properties":{"context":{"type":"string"}},"required":["context"]}`)}}, nil
	})
}
