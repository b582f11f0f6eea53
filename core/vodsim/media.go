package vodsim

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Media is an audio or video of the account's library.
type Media struct {
	ID string
	// Status is the platform's word: Normal (the default), Uploading,
	// UploadFail, UploadSucc, Transcoding, Blocked and so on.
	Status string
	// Created is when the media was made; the time of [Server.AddMedia] if zero.
	Created time.Time
	// Streams are its renditions, oldest first. Nil means three of them, mp4 in
	// SD and HD and m3u8 in HD, under https://media.example.com.
	Streams []Stream
	// Forbidden says that the media belongs to another application, so that
	// this account may not touch it.
	Forbidden bool
	// Damaged says that the media's record is broken: nothing can be uploaded
	// to it.
	Damaged bool
}

// Stream is one rendition of a media. A URL that contains "broken" cannot be
// fetched: its CDN tasks fail.
type Stream struct {
	Format     string // mp4, m3u8, mp3, flv, webm or ts
	Definition string // FD, LD, SD, HD, 2K, 4K, OD, SQ, HQ or AUTO
	Type       string // video or audio; audio if empty and the format is mp3, else video
	URL        string
}

// library is the media that exist.
type library struct {
	media map[string]Media
	any   bool
}

// AddMedia makes a media known, in place of an earlier one with that ID.
func (s *Server) AddMedia(m Media) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.library.add(m, s.cfg.Clock.Now())
}

func (l *library) add(m Media, now time.Time) Media {
	m.Status = cmp.Or(m.Status, "Normal")
	if m.Created.IsZero() {
		m.Created = now
	}
	if m.Streams == nil {
		m.Streams = defaultStreams(m.ID)
	}
	m.Streams = slices.Clone(m.Streams)
	for i := range m.Streams {
		st := &m.Streams[i]
		st.Type = cmp.Or(st.Type, map[bool]string{true: "audio", false: "video"}[st.Format == "mp3"])
	}
	l.media[m.ID] = m
	return m
}

func defaultStreams(id string) []Stream {
	base := "https://media.example.com/" + id
	return []Stream{
		{Format: "mp4", Definition: "SD", URL: base + "/sd.mp4"},
		{Format: "mp4", Definition: "HD", URL: base + "/hd.mp4"},
		{Format: "m3u8", Definition: "HD", URL: base + "/hd.m3u8"},
	}
}

// find looks a media up; with any media allowed, one may come into being.
func (l *library) find(id string, now time.Time) (Media, bool) {
	if m, ok := l.media[id]; ok {
		return m, true
	}
	if !l.any || strings.HasPrefix(id, "missing") {
		return Media{}, false
	}
	m := Media{ID: id, Forbidden: strings.HasPrefix(id, "forbidden"), Damaged: strings.HasPrefix(id, "damaged")}
	switch {
	case strings.HasPrefix(id, "uploading"):
		m.Status = "Uploading"
	case m.Damaged:
		m.Status = "UploadFail"
	}
	return l.add(m, now), true
}

// unready reports whether the media's streams are still to come.
func (m Media) unready() bool {
	return slices.Contains([]string{"Uploading", "UploadFail", "UploadSucc", "Transcoding"}, m.Status)
}
