package huawei

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// published is the state of an asset that can be played.
const published = "PUBLISHED"

// Asset is an audio or video of the account's library.
type Asset struct {
	ID string
	// Status is the platform's word: PUBLISHED (the default), CREATING,
	// TRANSCODING, DELETED and so on.
	Status string
	// Created is when the asset was made; the time of [Server.PutAsset] if zero.
	Created time.Time
	// URLs are its play URLs. Nil means three of them, an HLS index with one
	// rendition and an mp4, under https://media.example.com/asset. One that
	// contains "broken" cannot be fetched: its tasks fail.
	URLs []string
}

// library is the assets that exist.
type library struct {
	assets map[string]Asset
	any    bool
}

// AddAsset makes a published asset known that has exactly these play URLs, or
// three by default, in place of an earlier one with that ID.
func (s *Server) AddAsset(id string, urls ...string) { s.PutAsset(Asset{ID: id, URLs: urls}) }

// PutAsset makes an asset known, in place of an earlier one with that ID.
func (s *Server) PutAsset(a Asset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.library.put(a, s.cfg.Clock.Now())
}

func (l *library) put(a Asset, now time.Time) Asset {
	a.Status = cmp.Or(a.Status, published)
	if a.Created.IsZero() {
		a.Created = now
	}
	if a.URLs == nil {
		base := "https://media.example.com/asset/" + a.ID
		a.URLs = []string{base + "/play_video/index.m3u8", base + "/play_video/hd.m3u8", base + "/hd.mp4"}
	}
	a.URLs = slices.Clone(a.URLs)
	l.assets[a.ID] = a
	return a
}

// find looks an asset up; with any asset allowed, one may come into being.
func (l *library) find(id string, now time.Time) (Asset, bool) {
	if a, ok := l.assets[id]; ok {
		return a, true
	}
	if !l.any || id == "" || strings.HasPrefix(id, "missing") {
		return Asset{}, false
	}
	return l.put(Asset{ID: id}, now), true
}
