// Package emulatortest starts the SQS and the DynamoDB that tests run against:
// fauxqs and dynalite, programs on Node.js whose versions
// testdata/emulators/package-lock.json pins. scripts/test installs them and says
// where in the variable VODREFRESH_EMULATORS; a test that lacks them is skipped
// with the reason, and fails where CI is true.
//
// [Transport] is a service of AWS that says what a test wants, for the answers
// that are hard to get out of an emulator.
//
// It may import the standard library only.
package emulatortest
