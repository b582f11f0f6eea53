package deploytest_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/deploytest"
	"github.com/vodrefresh/vodrefresh/functions/lambda/emf"
)

func template(t *testing.T) deploytest.Template {
	t.Helper()
	read, err := deploytest.Read("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestParameters(t *testing.T) {
	t.Parallel()
	all := template(t).Parameters
	for name, p := range all {
		if len(p.Description) < 20 || !strings.HasSuffix(p.Description, ".") {
			t.Errorf("%s is described as %q", name, p.Description)
		}
		if p.Default == nil {
			t.Errorf("%s has no default", name)
		}
		if !p.Bounded() {
			t.Errorf("%s says nothing of what is allowed", name)
		}
		if !fits(p) {
			t.Errorf("%s does not allow its own default %q", name, fmt.Sprint(p.Default))
		}
	}
	if len(all) < 20 {
		t.Errorf("%d parameters were read", len(all))
	}
}

// fits reports whether a parameter allows its default.
func fits(p deploytest.Parameter) bool {
	value := fmt.Sprint(p.Default)
	if p.AllowedPattern != "" && !regexp.MustCompile("^(?:"+p.AllowedPattern+")$").MatchString(value) {
		return false
	}
	return len(p.AllowedValues) == 0 || slices.ContainsFunc(p.AllowedValues, func(v any) bool { return fmt.Sprint(v) == value })
}

// What the functions are given is what the program knows, and FUNCTION is theirs.
func TestVariables(t *testing.T) {
	t.Parallel()
	read := template(t)
	known := []string{emf.NamespaceVariable}
	for _, setting := range (config.Config{}).Settings() {
		known = append(known, setting.Name)
	}
	for function, want := range map[string]config.Function{
		"CallbackFunction": config.Callback, "RefreshFunction": config.Refresh, "CredentialsFunction": config.Credentials,
	} {
		variables := read.Variables(function)
		if variables["FUNCTION"] != string(want) {
			t.Errorf("%s is FUNCTION=%v", function, variables["FUNCTION"])
		}
		for name := range variables {
			if !slices.Contains(known, name) {
				t.Errorf("%s has %s, which the program does not know", function, name)
			}
		}
	}
	if got := read.Functions(); len(got) != 3 {
		t.Errorf("functions: %v", got)
	}
}

// A function gets the secrets that it needs, by reference, and no others.
func TestSecrets(t *testing.T) {
	t.Parallel()
	read := template(t)
	reference := regexp.MustCompile(`\{\{resolve:secretsmanager:\$\{(\w+)\}:SecretString:(\w+)\}\}`)
	providers := []string{"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"}
	for function, want := range map[string][]string{
		"CallbackFunction":    append([]string{"ALIYUN_CALLBACK_KEYS", "HUAWEI_MFS_KEYS"}, providers...),
		"RefreshFunction":     append([]string{"API_TOKENS"}, providers...),
		"CredentialsFunction": append([]string{"API_TOKENS", "UPLOAD_TICKET_KEYS"}, providers[:2]...),
	} {
		var got []string
		for name, value := range read.Variables(function) {
			found := reference.FindStringSubmatch(fmt.Sprint(value))
			if found == nil {
				continue
			}
			got = append(got, name)
			parameter := read.Parameters[found[1]]
			if found[2] != name || !strings.Contains(parameter.Description, name) {
				t.Errorf("%s of %s is the key %s of %s, described as %q", name, function, found[2], found[1], parameter.Description)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s has the secrets %v, want %v", function, got, want)
		}
	}
}

// Each function has a role of its own, which may do what it does and nothing else.
func TestRoles(t *testing.T) {
	t.Parallel()
	read := template(t)
	logs := []string{"logs:CreateLogStream", "logs:PutLogEvents"}
	for function, want := range map[string]map[string][]string{
		"Callback": {
			"CallbackLog.Arn": logs, "Queue.Arn": {"sqs:SendMessage"}, "Table.Arn": {"dynamodb:BatchGetItem", "dynamodb:PutItem"},
		},
		"Refresh": {
			"RefreshLog.Arn":         logs,
			"Queue.Arn":              {"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"},
			"Table.Arn":              {"dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:PutItem"},
			"${Table.Arn}/index/due": {"dynamodb:Query"},
		},
		"Credentials": {"CredentialsLog.Arn": logs, "Table.Arn": {"dynamodb:BatchGetItem", "dynamodb:PutItem"}},
	} {
		properties := read.Resources[function+"Function"].Properties
		if properties["Role"] != function+"Role.Arn" || properties["Policies"] != nil {
			t.Errorf("%s: role %v, policies %v", function, properties["Role"], properties["Policies"])
		}
		if got := allowed(t, read.Resources[function+"Role"]); !maps.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%sRole may %v, want %v", function, got, want)
		}
		all := slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Values(want))...)))
		if got := read.Actions(function + "Function"); !slices.Equal(got, all) {
			t.Errorf("the actions of %s are %v, want %v", function, got, all)
		}
	}
	for name, r := range read.Resources {
		text := fmt.Sprint(r.Properties["Policies"], r.Properties["ManagedPolicyArns"], r.Properties["PolicyDocument"])
		if regexp.MustCompile(`[a-z]:\S*\*`).MatchString(text) || strings.Contains(text, "[*]") || strings.Contains(text, "Resource:*") {
			t.Errorf("%s allows more than is named: %s", name, text)
		}
	}
}

// allowed is what a role allows: actions by resource.
func allowed(t *testing.T, role deploytest.Resource) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	if role.Properties["ManagedPolicyArns"] != nil {
		t.Errorf("managed policies: %v", role.Properties["ManagedPolicyArns"])
	}
	for _, policy := range list(role.Properties["Policies"]) {
		for _, statement := range list(policy.(map[string]any)["PolicyDocument"].(map[string]any)["Statement"]) {
			s := statement.(map[string]any)
			for _, action := range list(s["Action"]) {
				if strings.Contains(action.(string), "*") || s["Effect"] != "Allow" {
					t.Errorf("%v", s)
				}
				all[s["Resource"].(string)] = append(all[s["Resource"].(string)], action.(string))
			}
		}
	}
	for _, actions := range all {
		slices.Sort(actions)
	}
	return all
}

// list is a list, or the one thing that stands for it.
func list(v any) []any {
	if all, ok := v.([]any); ok {
		return all
	}
	return []any{v}
}

// SAM builds each function by a target of its name, for either processor.
func TestBuild(t *testing.T) {
	t.Parallel()
	read := template(t)
	for _, function := range read.Functions() {
		metadata := read.Resources[function].Metadata
		if metadata["BuildMethod"] != "makefile" || metadata["ProjectRootDirectory"] != "." {
			t.Errorf("%s is built by %v", function, metadata)
		}
		rules, err := os.ReadFile("../lambda/build/bootstrap.mk")
		if err != nil || !strings.Contains(string(rules), "build-"+function) {
			t.Errorf("no target for %s: %v", function, err)
		}
		for _, processor := range read.Parameters["Architecture"].AllowedValues {
			folder := strings.ReplaceAll(fmt.Sprint(metadata["ContextPath"]), "${Architecture}", fmt.Sprint(processor))
			if _, err := os.Stat(filepath.Join("..", "..", folder, "Makefile")); err != nil {
				t.Error(err)
			}
		}
	}
}
