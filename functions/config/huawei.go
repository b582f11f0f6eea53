package config

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	driver "github.com/vodrefresh/vodrefresh/core/huawei"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/huawei"
)

// wrongHuawei are the values of Huawei's variables that cannot work.
func (c Config) wrongHuawei() (wrong []core.FieldError) {
	bad := func(name string, value any, detail string) {
		wrong = append(wrong, core.FieldError{Field: name, Value: value, Detail: detail})
	}
	if c.HasHuawei() && c.HuaweiSecretKey.Empty() {
		bad("HUAWEICLOUD_SDK_SK", "", "is required with HUAWEICLOUD_SDK_AK")
	}
	if c.HasHuawei() && c.HuaweiProjectID == "" {
		bad("HUAWEICLOUD_SDK_PROJECT_ID", "", "is required with HUAWEICLOUD_SDK_AK: nothing looks it up")
	}
	switch {
	case c.HasHuawei():
	case !c.HuaweiSecretKey.Empty() || !c.HuaweiSecurityToken.Empty():
		bad("HUAWEICLOUD_SDK_AK", "", "is required with the secret or the token")
	case c.HasAliyun() && (len(c.MFSKeys) > 0 || len(c.SMNTopics) > 0):
		bad("HUAWEICLOUD_SDK_AK", "", "is required with HUAWEI_MFS_KEYS and HUAWEI_SMN_TOPICS where Alibaba's keys are set")
	}
	if _, err := c.MFS(); err != nil {
		bad("HUAWEI_MFS_KEYS", fmt.Sprintf("%d of them", len(c.MFSKeys)), err.Error())
	}
	if len(c.SMNTopics) > 0 {
		if _, err := huawei.NewSMNVerifier(huawei.SMNConfig{Topics: c.SMNTopics, Certificates: &huawei.Folder{}}); err != nil {
			bad("HUAWEI_SMN_TOPICS", fmt.Sprintf("%d of them", len(c.SMNTopics)), err.Error())
		}
	}
	if c.SMNCerts != "" {
		if _, err := huawei.OpenFolder(c.SMNCerts); err != nil {
			bad("HUAWEI_SMN_CERTS", c.SMNCerts, err.Error())
		}
	}
	return append(wrong, c.wrongHuaweiEndpoint()...)
}

// MFS is the verifier of MFS callbacks, nil without keys. A window that is too
// short is another variable's error.
func (c Config) MFS() (*huawei.MFSVerifier, error) {
	if len(c.MFSKeys) == 0 {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	return huawei.NewMFSVerifier(c.MFSKeys, max(time.Minute, c.MFSWindow))
}

// wrongHuaweiEndpoint asks the driver about region, endpoint and project.
func (c Config) wrongHuaweiEndpoint() []core.FieldError {
	project := c.HuaweiProjectID
	if project == "" { // said already, if it is needed
		project = "any"
	}
	_, err := driver.New(driver.Config{
		Region: c.HuaweiRegion, Endpoint: c.HuaweiEndpoint, ProjectID: project, AllowHTTP: c.AllowHTTP,
		Credentials: func(context.Context) (driver.Credentials, error) { return driver.Credentials{}, errors.New("none") },
	})
	return renamed(err, "AllowHTTP", "ALLOW_HTTP_ENDPOINT", "Endpoint", "HUAWEI_VOD_ENDPOINT", "Region", "HUAWEI_VOD_REGION",
		"ProjectID", "HUAWEICLOUD_SDK_PROJECT_ID")
}

// huaweiNotes say what this configuration costs or cannot do with Huawei.
func (c Config) huaweiNotes() []string {
	if !c.HasHuawei() {
		return nil
	}
	var notes []string
	switch {
	case len(c.MFSKeys) == 0 && len(c.SMNTopics) == 0:
		notes = append(notes, "no HUAWEI_MFS_KEYS and no HUAWEI_SMN_TOPICS: every Huawei callback is refused with 403")
	case len(c.SMNTopics) > 0 && !c.SMNConfirm:
		notes = append(notes, "HUAWEI_SMN_CONFIRM=false: invitations to subscribe are only logged, and nothing comes until somebody confirms one")
	}
	if !slices.ContainsFunc(c.Rules.All(), func(r core.Rule) bool { return r.Provider == events.Huawei }) {
		notes = append(notes, "no rule has provider: huawei: every Huawei callback is answered with 200 and leads to nothing")
	}
	return notes
}
