package main

import (
	"context"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
)

// What containers begin with, in the place of the image that SAM would pull, and
// what SAM makes of it.
const (
	imageName = imageBase + ":latest"
	imageMade = imageBase + ":rapid-x86_64"
	imageBase = "vodrefresh/lambda-base"
)

// importImage makes an image of the shell, with variables.
func importImage(ctx context.Context, rootfs, name string, variables map[string]string) error {
	args := []string{"import"}
	for _, variable := range slices.Sorted(maps.Keys(variables)) {
		args = append(args, "--change", "ENV "+variable+"="+variables[variable])
	}
	cmd := exec.CommandContext(ctx, "docker", append(args, rootfs, name)...) //nolint:gosec // our own arguments
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("docker import: %w: %s", err, out)
	}
	return nil
}

// removeImages removes both images, with the containers that SAM has left behind.
func removeImages(ctx context.Context) error {
	left, err := exec.CommandContext(ctx, "docker", "ps", "--all", "--quiet", "--filter", "ancestor="+imageMade).Output()
	if err != nil {
		return fmt.Errorf("docker ps: %w", err)
	}
	for _, args := range [][]string{
		append([]string{"rm", "--force"}, strings.Fields(string(left))...),
		{"image", "rm", "--force", imageMade, imageName},
	} {
		if args[0] == "rm" && len(left) == 0 {
			continue
		}
		cmd := exec.CommandContext(ctx, "docker", args...) //nolint:gosec // our own arguments
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("docker %s: %w: %s", args[0], err, out)
		}
	}
	return nil
}
