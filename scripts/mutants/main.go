// Command mutants turns off the rules of a package, one by one, and reports those that no test misses: every function without
// results and every method without them, which in scripts/internal/prep are the rules that read the documents and their parts.
// It compiles the package's tests once with a switch in each of them. It ends with status 1 when a mutant passes the tests.
//
//	go run ./scripts/mutants ./scripts/internal/prep
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: mutants PACKAGE")
		os.Exit(2)
	}
	survivors, err := run(os.Stdout, os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
	}
	if err != nil || survivors > 0 {
		os.Exit(1)
	}
}

// run reports on every mutant of the package and returns how many survive.
func run(out io.Writer, pkg string) (survivors int, err error) {
	tmp, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(tmp)
	listed, err := goOutput("list", "-f", "{{.Dir}}", pkg)
	if err != nil {
		return 0, err
	}
	dir, binary := strings.TrimSpace(listed), filepath.Join(tmp, "mutants.test")
	rules, overlay, err := instrument(dir, tmp)
	if err != nil {
		return 0, err
	}
	if _, err := goOutput("test", "-c", "-vet=off", "-overlay", overlay, "-o", binary, pkg); err != nil {
		return 0, err
	}
	if failed, err := test(binary, dir, "none"); err != nil {
		return 0, fmt.Errorf("the tests fail without a mutant: %s: %w", failed, err)
	}
	results := make([]chan string, len(rules))
	slots := make(chan struct{}, runtime.NumCPU())
	for i, rule := range rules {
		results[i] = make(chan string, 1)
		go func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			failed, err := test(binary, dir, rule)
			if err != nil && failed == "" {
				failed = err.Error()
			}
			results[i] <- failed
		}()
	}
	for i, rule := range rules {
		failed := <-results[i]
		if failed == "" {
			survivors++
			failed = "no test fails"
		}
		fmt.Fprintf(out, "without %s: %s\n", rule, failed)
	}
	fmt.Fprintf(out, "%d mutants, %d survive\n", len(rules), survivors)
	return survivors, nil
}

// test runs the tests with a rule turned off and returns the first that fails.
func test(binary, dir, rule string) (failed string, err error) {
	cmd := exec.Command(binary, "-test.failfast", "-test.timeout=5m")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "MUTANT="+rule)
	out, err := cmd.CombinedOutput()
	return failure.FindString(string(out)), err
}

var failure = regexp.MustCompile(`--- FAIL: \S+|test timed out`)

// instrument writes copies of the package's files that have the switches, and returns their names and the overlay that puts the
// copies in place.
func instrument(dir, tmp string) (rules []string, overlay string, err error) {
	sources, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, "", err
	}
	replace, name := map[string]string{}, ""
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		text, err := os.ReadFile(source)
		if err != nil {
			return nil, "", err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, source, text, 0)
		if err != nil {
			return nil, "", err
		}
		name = file.Name.Name
		for _, d := range slices.Backward(file.Decls) {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil && f.Type.Results == nil && f.Name.Name != "init" {
				rule := filepath.Base(source) + "/" + f.Name.Name
				rules = append(rules, rule)
				text = slices.Insert(text, set.Position(f.Body.Lbrace).Offset+1, fmt.Appendf(nil, " if mutant == %q { return }; ", rule)...)
			}
		}
		replace[source] = filepath.Join(tmp, filepath.Base(source))
		if err := os.WriteFile(replace[source], text, 0o600); err != nil {
			return nil, "", err
		}
	}
	slices.Sort(rules)
	replace[filepath.Join(dir, "zz_mutant.go")] = filepath.Join(tmp, "zz_mutant.go")
	support := fmt.Sprintf("package %s\n\nimport \"os\"\n\nvar mutant = os.Getenv(\"MUTANT\")\n", name)
	if err := os.WriteFile(filepath.Join(tmp, "zz_mutant.go"), []byte(support), 0o600); err != nil {
		return nil, "", err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, "", err
	}
	overlay = filepath.Join(tmp, "overlay.json")
	return rules, overlay, os.WriteFile(overlay, text, 0o600)
}

func goOutput(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", args[0], err)
	}
	return string(out), nil
}
