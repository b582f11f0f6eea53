package aliyun

import (
	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
)

// endpoint is where a call goes, and the region that it is signed for.
type endpoint struct {
	wire.Endpoint

	region string
}

// endpoints returns where calls on media and central calls go, or what is
// wrong with the region or the text of the endpoint.
func endpoints(region, text string, allowHTTP bool) (media, central endpoint, wrong []core.FieldError) {
	if !wire.IsRegion(region) {
		wrong = append(wrong, core.FieldError{Field: "Region", Value: region, Detail: "a region ID such as cn-shanghai"})
	}
	if text == "" {
		return regional(region), regional(centralRegion), wrong
	}
	to, bad := wire.ParseEndpoint(text, allowHTTP)
	if bad != nil {
		wrong = append(wrong, *bad)
	}
	media = endpoint{to, region}
	return media, media, wrong
}

// regional is the public endpoint of a region.
//
// Source: region-ids and endpoint pages of ApsaraVideo VOD.
func regional(region string) endpoint {
	return endpoint{wire.Endpoint{Scheme: "https", Host: "vod." + region + ".aliyuncs.com"}, region}
}
