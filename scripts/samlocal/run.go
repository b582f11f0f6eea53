package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// options are what the script has prepared.
type options struct {
	sam       string // the SAM CLI
	host      string // this machine's address as containers see it
	emulators string // folder with the node_modules of the emulators
	rootfs    string // tar file with a shell, what a container begins with
	scratch   string // empty folder for what is built
	match     string // part of the names of the events that are tried; empty for all
}

func parse(args []string, out io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("samlocal", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.sam, "sam", "sam", "the SAM CLI")
	flags.StringVar(&o.host, "host", "172.17.0.1", "address of this machine in the containers' network")
	flags.StringVar(&o.emulators, "emulators", os.Getenv("VODREFRESH_EMULATORS"), "folder of the emulators")
	flags.StringVar(&o.rootfs, "rootfs", "", "tar file with a shell")
	flags.StringVar(&o.scratch, "scratch", "", "empty folder for what is built")
	flags.StringVar(&o.match, "match", "", "only events with this in their names")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	for name, value := range map[string]string{"emulators": o.emulators, "rootfs": o.rootfs, "scratch": o.scratch} {
		if value == "" {
			return options{}, fmt.Errorf("-%s is not given", name)
		}
	}
	return o, nil
}

// run does everything, and reports to out.
func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args, out)
	if err != nil {
		return err
	}
	s, err := open(ctx, o, clock.System{})
	if err != nil {
		return err
	}
	defer s.close()
	tool := &sam{program: o.sam, scratch: o.scratch, image: imageName, clock: s.clock}
	r := &report{out: out, clock: s.clock}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"sam validate --lint", func() error { return tool.validate(ctx) }},
		{"sam build", func() error { return tool.build(ctx) }},
		{"the image that containers begin with", func() error { return importImage(ctx, o.rootfs, imageName, s.environment()) }},
		{"the variables of the functions", func() error { return tool.writeVariables(s.template, s.variables()) }},
	} {
		if err := r.step(step.name, step.do); err != nil {
			return err
		}
	}
	return errors.Join(
		tryEvents(ctx, s, tool, r, o.match),
		tryAPI(ctx, s, tool, r),
		removeImages(context.WithoutCancel(ctx)),
		r.verdict(),
	)
}
