// Package core is the business of vodrefresh: which tasks an event leads to
// ([Rules]), how tasks become as few API calls as possible ([Plan]), how a
// batch is submitted and its answer read media by media ([Refresher]), and how
// a job is followed to its end ([Follower]).
//
// In between, a [Worker] empties the [Queue] through a [Submitter], which keeps to
// the quota of the day ([Spending]), to the account's pace (a [Pacer], which
// core/pace has), and to one submission for each change ([Coverage], in the [Store]).
// Upload credentials are core/upload's.
//
// The ports that it needs from outside are small interfaces: [Provider], [Queue]
// and [Store]. Each has one conformance suite (core/providertest, core/queuetest,
// core/storetest) that every driver passes.
//
// It may import events and, for rules and validation, a YAML and a validation
// library. It imports no cloud SDK and nothing of functions; the drivers under
// core/ import it, never each other.
package core
