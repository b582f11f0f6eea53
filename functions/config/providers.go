package config

import (
	"fmt"
	"strings"
)

// Providers say of each provider in a line whether it is set up, and how its
// callbacks come.
func (c Config) Providers() []string {
	aliyun, huawei := []string{"aliyun: not set up"}, []string{"huawei: not set up"}
	if c.HasAliyun() {
		aliyun = []string{"aliyun: region " + c.AliyunRegion, fmt.Sprintf("%g calls a second", c.AliyunRate), "no callbacks"}
		if len(c.CallbackKeys) > 0 {
			aliyun[2] = fmt.Sprintf("callbacks (URLs: %d, keys: %d)", len(c.CallbackURLs), len(c.CallbackKeys))
		}
	}
	if c.HasHuawei() {
		huawei = []string{"huawei: region " + c.HuaweiRegion, "project " + c.HuaweiProjectID, fmt.Sprintf("%d assets a day", c.HuaweiDaily)}
		huawei = append(huawei, c.channels()...)
	}
	return []string{strings.Join(aliyun, ", "), strings.Join(huawei, ", ")}
}

// channels say how Huawei's callbacks may come.
func (c Config) channels() []string {
	var ways []string
	if len(c.MFSKeys) > 0 {
		ways = append(ways, fmt.Sprintf("by MFS (keys: %d, at most %s old)", len(c.MFSKeys), c.MFSWindow))
	}
	if len(c.SMNTopics) > 0 {
		certificates, subscriptions := "certificates fetched", "subscriptions confirmed"
		if c.SMNCerts != "" {
			certificates = "certificates in " + c.SMNCerts
		}
		if !c.SMNConfirm {
			subscriptions = "subscriptions logged"
		}
		ways = append(ways, fmt.Sprintf("by SMN (topics: %d, %s, %s)", len(c.SMNTopics), certificates, subscriptions))
	}
	if len(ways) == 0 {
		return []string{"no callbacks"}
	}
	ways[0] = "callbacks " + ways[0]
	return ways
}
