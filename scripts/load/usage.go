package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

// usage is what a process takes of the machine. It is read where Linux tells it,
// in /proc.
type usage struct {
	resident int           // bytes of memory
	peak     int           // the most that it ever was
	cpu      time.Duration // of all its threads, in user and kernel mode
}

// ticks are the parts of a second in which /proc counts: USER_HZ, which is 100
// on every architecture that Go runs on.
const ticks = 100

// usageOf reads the usage of a process; proc is /proc.
func usageOf(proc fs.FS, pid int) (usage, error) {
	dir := strconv.Itoa(pid)
	status, err := fs.ReadFile(proc, path.Join(dir, "status"))
	if err != nil {
		return usage{}, err
	}
	stat, err := fs.ReadFile(proc, path.Join(dir, "stat"))
	if err != nil {
		return usage{}, err
	}
	var u usage
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		kib, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		switch name {
		case "VmRSS":
			u.resident, err = strconv.Atoi(kib)
		case "VmHWM":
			u.peak, err = strconv.Atoi(kib)
		}
		if err != nil {
			return usage{}, fmt.Errorf("%s of process %d: %w", name, pid, err)
		}
	}
	u.resident, u.peak = u.resident<<10, u.peak<<10
	// The name, in brackets, may hold blanks and brackets; utime and stime are the
	// 12th and 13th field after it.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const utime, stime = 11, 12
	if len(fields) <= stime {
		return usage{}, fmt.Errorf("stat of process %d: %d fields after the name, more than %d are needed", pid, len(fields), stime)
	}
	for _, field := range fields[utime : stime+1] {
		n, err := strconv.Atoi(field)
		if err != nil {
			return usage{}, fmt.Errorf("stat of process %d: %w", pid, err)
		}
		u.cpu += time.Duration(n) * time.Second / ticks
	}
	return u, nil
}
