package main

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"iter"
	"math/rand/v2"
	"time"
)

// message is a callback to be sent.
type message struct {
	media  string
	body   []byte
	wanted bool // a rule of the server's wants it: it leads to a refresh
}

// body is what VOD sends, as far as a server looks at it.
type body struct {
	EventType   string
	EventTime   string
	VideoID     string `json:"VideoId"`
	Status      string
	Format      string   `json:",omitempty"`
	Definition  string   `json:",omitempty"`
	JobID       string   `json:"JobId,omitempty"`
	StreamInfos []stream `json:",omitempty"`
}

// stream is one rendition.
type stream struct {
	Status, Format, Definition, FileURL string
	JobID                               string `json:"JobId"`
}

// final is the callback that ends a transcoding: the media has changed.
func final(media string, at time.Time) message {
	b := body{EventType: "TranscodeComplete", EventTime: at.UTC().Format(time.RFC3339), VideoID: media, Status: "success"}
	for _, definition := range []string{"LD", "SD", "HD"} {
		b.StreamInfos = append(b.StreamInfos, stream{
			Status: "success", Format: "m3u8", Definition: definition, JobID: definition + media,
			FileURL: "http://bucket.example.com/" + media + "/" + definition + ".m3u8",
		})
	}
	return b.message(true)
}

// partial is the callback of one of its streams, which no built-in rule wants.
func partial(media string, at time.Time) message {
	return body{
		EventType: "StreamTranscodeComplete", EventTime: at.UTC().Format(time.RFC3339), VideoID: media, Status: "success",
		Format: "m3u8", Definition: "HD", JobID: "HD" + media,
	}.message(false)
}

func (b body) message(wanted bool) message {
	text, _ := json.Marshal(b) // texts only: it cannot fail
	return message{media: b.VideoID, body: text, wanted: wanted}
}

// finals are one changed media after another. The time of a change is that at
// which its callback is made.
func finals(n int, ids io.Reader, now func() time.Time) iter.Seq[message] {
	return func(yield func(message) bool) {
		for range n {
			if !yield(final(mediaID(ids), now())) {
				return
			}
		}
	}
}

// burst are the callbacks of media that all changed at one time, in any order:
// one of a stream, the final one, and the same once more.
func burst(n int, ids io.Reader, at time.Time, random *rand.Rand) []message {
	all := make([]message, 0, 3*n)
	for range n {
		id := mediaID(ids)
		last := final(id, at)
		all = append(all, partial(id, at), last, last)
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// mediaID makes up a media ID: 32 hexadecimal digits.
func mediaID(ids io.Reader) string {
	var id [16]byte
	_, _ = io.ReadFull(ids, id[:]) // neither a generator nor crypto/rand fails
	return hex.EncodeToString(id[:])
}
