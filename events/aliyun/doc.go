// Package aliyun reads what ApsaraVideo VOD calls back: [Verifier] checks the
// signature of an HTTP callback, [Decode] turns its body into an
// [events.Event]. [Sign] is the sender's side, for tests, tools and the
// simulator.
//
// The signature covers the registered URL, a time stamp and the key, and not
// the body: whoever has seen one genuine request can send other bodies with its
// headers for as long as [Window] lasts. A verified event is therefore a reason
// to look, not a proof.
//
// It may import the standard library, events and events/secret.
//
// Sources: ApsaraVideo VOD user guide, "Events", "HTTP callbacks" and "HTTP
// callback authentication".
package aliyun
