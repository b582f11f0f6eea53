package huawei

import (
	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
)

// newEndpoint returns where calls go, or what is wrong with the region or the
// text of the endpoint.
//
// Source: endpoints of Huawei Cloud VOD; the SDK's table of regions.
func newEndpoint(region, text string, allowHTTP bool) (to wire.Endpoint, wrong []core.FieldError) {
	if !wire.IsRegion(region) {
		wrong = append(wrong, core.FieldError{Field: "Region", Value: region, Detail: "a region ID such as cn-north-4"})
	}
	if text == "" {
		return wire.Endpoint{Scheme: "https", Host: "vod." + region + ".myhuaweicloud.com"}, wrong
	}
	to, bad := wire.ParseEndpoint(text, allowHTTP)
	if bad != nil {
		wrong = append(wrong, *bad)
	}
	return to, wrong
}
