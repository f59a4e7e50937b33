// Command mutants reports which branches of a package no test needs. It compiles the package once with a switch at every
// condition, string case, statement, function without results and string of a package's table, turns them off one by one, and
// runs the tests that reach the switch. A mutant that passes all of them survives, and the program ends with status 1.
//
//	go run ./scripts/mutants [-v] [-files 'shape.go|hoist.go'] ./scripts/internal/prep [package=tests ...]
//
// Each further argument is another package whose tests count, with a regular expression of their names. What can survive because
// it changes nothing stands with its reason in equivalent.txt; a line there that is not a survivor is an error.
package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

//go:embed equivalent.txt
var equivalent string

func main() {
	files := flag.String("files", "", "regular expression of the files to change")
	verbose := flag.Bool("v", false, "print every mutant with the test that fails")
	flag.Parse()
	r := runner{out: os.Stdout, verbose: *verbose}
	survivors, err := r.run(*files, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
	}
	if err != nil || survivors > 0 {
		os.Exit(1)
	}
}

// judge is a test of one of the packages.
type judge struct {
	binary, dir, name string
	slow              bool
}

type runner struct {
	out     io.Writer
	verbose bool
	mutants []mutant
	judges  []judge
	reach   map[int][]judge // the tests that a mutant can change, quickest first
}

// run returns how many mutants survive.
func (r *runner) run(files string, packages []string) (survivors int, err error) {
	if len(packages) == 0 {
		return 0, errors.New("name a package")
	}
	tmp, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(tmp)
	if err := r.build(tmp, files, packages); err != nil {
		return 0, err
	}
	if err := r.record(filepath.Join(tmp, "seen")); err != nil {
		return 0, err
	}
	known := map[string]bool{} // lines of equivalent.txt, and whether a mutant is one
	for line := range strings.Lines(equivalent) {
		if what, _, ok := strings.Cut(line, "\t"); ok {
			known[what] = false
		}
	}
	failures := make([]chan string, len(r.mutants))
	for i := range failures {
		failures[i] = make(chan string, 1)
	}
	var next atomic.Int64
	for range runtime.NumCPU() {
		go func() {
			for i := int(next.Add(1)) - 1; i < len(failures); i = int(next.Add(1)) - 1 {
				failures[i] <- r.judge(i)
			}
		}()
	}
	equivalents := 0
	for i, m := range r.mutants {
		failed := <-failures[i]
		_, excused := known[m.key()]
		switch {
		case failed != "":
			if r.verbose {
				fmt.Fprintf(r.out, "%s: %s\n", m, failed)
			}
		case excused:
			known[m.key()] = true
			equivalents++
		default:
			survivors++
			fmt.Fprintf(r.out, "%s: survives, tests that reach it: %d\n", m, len(r.reach[i]))
		}
	}
	for what, survived := range known {
		if !survived && files == "" {
			err = errors.Join(err, fmt.Errorf("equivalent.txt: no mutant that survives is %q", what))
		}
	}
	fmt.Fprintf(r.out, "%d mutants, %d change nothing (equivalent.txt), %d survive\n", len(r.mutants), equivalents, survivors)
	return survivors, err
}

// build compiles the tests of the packages with the switches in the first of them.
func (r *runner) build(tmp, files string, packages []string) error {
	dir, err := goOutput("list", "-f", "{{.Dir}}", packages[0])
	if err != nil {
		return err
	}
	overlay, err := r.instrument(strings.TrimSpace(dir), tmp, files)
	if err != nil {
		return err
	}
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return err
	}
	config := filepath.Join(tmp, "overlay.json")
	if err := os.WriteFile(config, text, 0o600); err != nil {
		return err
	}
	for i, name := range packages {
		name, tests, ok := strings.Cut(name, "=")
		if !ok {
			tests = "."
		}
		dir, err := goOutput("list", "-f", "{{.Dir}}", name)
		if err != nil {
			return err
		}
		j := judge{binary: filepath.Join(tmp, fmt.Sprintf("%d.test", i)), dir: strings.TrimSpace(dir)}
		if _, err := goOutput("test", "-c", "-vet=off", "-overlay", config, "-o", j.binary, name); err != nil {
			return err
		}
		listed, err := j.command(nil, "-test.list", tests).Output()
		if err != nil {
			return err
		}
		for test := range strings.Lines(string(listed)) {
			j.name = strings.TrimSpace(test)
			r.judges = append(r.judges, j)
		}
	}
	return nil
}

func goOutput(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, stderr.String())
	}
	return string(text), nil
}

func (j judge) command(env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(j.binary, args...)
	cmd.Dir, cmd.Env = j.dir, append(os.Environ(), env...)
	return cmd
}

// record runs every test unchanged, to see which switches it reaches.
func (r *runner) record(seen string) error {
	r.reach = map[int][]judge{}
	for _, j := range r.judges {
		if err := os.WriteFile(seen, nil, 0o600); err != nil {
			return err
		}
		start := time.Now()
		out, err := j.command([]string{"MUTANTS_SEEN=" + seen}, "-test.run", "^"+j.name+"$").CombinedOutput()
		j.slow = time.Since(start) > 300*time.Millisecond
		if err != nil {
			return fmt.Errorf("%s fails without a mutant: %w\n%s", j.name, err, out)
		}
		text, err := os.ReadFile(seen)
		if err != nil {
			return err
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		for lines.Scan() {
			var n int
			if _, err := fmt.Sscan(lines.Text(), &n); err != nil {
				return err
			}
			r.reach[n] = append(r.reach[n], j)
		}
	}
	for n := range r.mutants {
		slices.SortStableFunc(r.reach[n], func(a, b judge) int { return strings.Compare(a.process(), b.process()) })
	}
	return nil
}

// process is the same for tests that run in one process: the quick ones of a package before the slow ones.
func (j judge) process() string { return fmt.Sprint(j.slow, j.binary) }

// judge is the first test that a mutant fails, or "".
func (r *runner) judge(n int) string {
	tests := r.reach[n]
	for len(tests) > 0 {
		var names []string
		first := tests[0]
		for len(tests) > 0 && tests[0].process() == first.process() {
			names, tests = append(names, regexp.QuoteMeta(tests[0].name)), tests[1:]
		}
		out, err := first.command([]string{fmt.Sprintf("MUTANT=%d", n)}, "-test.failfast", "-test.timeout", "60s",
			"-test.run", "^("+strings.Join(names, "|")+")$").CombinedOutput()
		if err != nil {
			return strings.TrimPrefix(failure.FindString(string(out)), "--- FAIL: ") + " fails"
		}
	}
	return ""
}

var failure = regexp.MustCompile(`--- FAIL: \S+`)
