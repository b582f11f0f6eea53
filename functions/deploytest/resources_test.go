package deploytest_test

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
)

// core/sqs says what its queue has to be like.
func TestQueue(t *testing.T) {
	t.Parallel()
	read := template(t)
	attributes, err := read.QueueAttributes("Queue")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"DelaySeconds": "0", "ReceiveMessageWaitTimeSeconds": "0", "MessageRetentionPeriod": "1209600", "VisibilityTimeout": "660",
		"RedrivePolicy": `{"deadLetterTargetArn":"DeadLetterQueue.Arn","maxReceiveCount":8}`, "SqsManagedSseEnabled": "true",
	} {
		if attributes[name] != want {
			t.Errorf("%s is %s, want %s", name, attributes[name], want)
		}
	}
	const window, times = 60, 6
	for _, timeout := range read.Parameters["RefreshTimeout"].AllowedValues {
		seconds, err := strconv.Atoi(fmt.Sprint(timeout))
		visible, ok := read.Mappings["Visibility"][fmt.Sprint(timeout)]["Seconds"].(uint64)
		if err != nil || !ok || visible < uint64(times*seconds+window) {
			t.Errorf("with a time-out of %v a message is visible again after %d s", timeout, visible)
		}
	}
	events := read.Resources["RefreshFunction"].Properties["Events"].(map[string]any)
	queue := events["Queue"].(map[string]any)["Properties"].(map[string]any)
	if fmt.Sprint(queue["FunctionResponseTypes"]) != "[ReportBatchItemFailures]" || queue["BatchSize"] != "BatchSize" {
		t.Errorf("the queue's event: %v", queue)
	}
	if tick := events["Tick"].(map[string]any)["Properties"].(map[string]any); tick["Schedule"] != "rate(1 minute)" {
		t.Errorf("the tick: %v", tick)
	}
}

// core/dynamodb says what its table has to be like.
func TestTable(t *testing.T) {
	t.Parallel()
	got := template(t).Resources["Table"].Properties
	for name, want := range map[string]string{
		"BillingMode":          "PAY_PER_REQUEST",
		"AttributeDefinitions": "[map[AttributeName:pk AttributeType:S] map[AttributeName:shelf AttributeType:S] map[AttributeName:due AttributeType:S]]",
		"KeySchema":            "[map[AttributeName:pk KeyType:HASH]]",
		"GlobalSecondaryIndexes": "[map[IndexName:due KeySchema:[map[AttributeName:shelf KeyType:HASH] map[AttributeName:due KeyType:RANGE]] " +
			"Projection:map[NonKeyAttributes:[expires] ProjectionType:INCLUDE]]]",
		"TimeToLiveSpecification":          "map[AttributeName:ttl Enabled:true]",
		"PointInTimeRecoverySpecification": "map[PointInTimeRecoveryEnabled:true]",
		"SSESpecification":                 "map[SSEEnabled:true]",
	} {
		if fmt.Sprint(got[name]) != want {
			t.Errorf("%s is %v, want %s", name, got[name], want)
		}
	}
}

// The routes are those of the functions, and no others.
func TestRoutes(t *testing.T) {
	t.Parallel()
	read := template(t)
	want := map[string]string{
		"POST /callbacks/{provider}": "Callback",
		"POST /v1/refresh":           "Refresh", "GET /v1/jobs": "Refresh", "GET /v1/jobs/{provider}/{id}": "Refresh", "GET /v1/quota": "Refresh",
		"GET /v1/dead": "Refresh", "POST /v1/dead/redrive": "Refresh",
		"POST /v1/uploads/{videoId}/credentials": "Credentials", "OPTIONS /v1/uploads/{videoId}/credentials": "Credentials",
	}
	got := map[string]string{}
	for _, name := range read.Named("AWS::ApiGatewayV2::Route") {
		route := read.Resources[name].Properties
		integration := strings.Trim(strings.TrimPrefix(route["Target"].(string), "integrations/"), "${}")
		function, ok := strings.CutSuffix(read.Resources[integration].Properties["IntegrationUri"].(string), "Function.Arn")
		if !ok || read.Resources[function+"Permission"].Properties["FunctionName"] != function+"Function" {
			t.Errorf("%s goes to %s, whose function may not be called", name, integration)
		}
		got[route["RouteKey"].(string)] = function
	}
	if !maps.Equal(got, want) {
		t.Errorf("routes %v, want %v", got, want)
	}
}
