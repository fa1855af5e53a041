// SPDX-License-Identifier: GPL-3.0-or-later

// Goroutines: the scheduler of the runtime spreads them over the CPUs, and runs
// another one where one waits for the network, a mutex or a channel.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/html"
)

type request struct {
	n, increments, repetitions int
	url                        string
}

// together runs n goroutines and waits for all.
func together(n int, task func(i int)) {
	var wg sync.WaitGroup
	wg.Add(n)
	for i := 0; i < n; i++ {
		go func(i int) {
			defer wg.Done()
			task(i)
		}(i)
	}
	wg.Wait()
}

func unguarded(r request) (c int64) {
	together(r.n, func(int) {
		for i := 0; i < r.increments; i++ {
			c++
		}
	})
	return c
}

func yielding(r request) (c int64) {
	together(r.n, func(int) {
		for i := 0; i < r.increments; i++ {
			old := c
			runtime.Gosched()
			c = old + 1
		}
	})
	return c
}

func locked(r request) (c int64) {
	var mu sync.Mutex
	together(r.n, func(int) {
		for i := 0; i < r.increments; i++ {
			mu.Lock()
			c++
			mu.Unlock()
		}
	})
	return c
}

func atomically(r request) int64 {
	var c atomic.Int64
	together(r.n, func(int) {
		for i := 0; i < r.increments; i++ {
			c.Add(1)
		}
	})
	return c.Load()
}

// owned keeps the count in one goroutine, to which the tasks send.
func owned(r request) int64 {
	add, total := make(chan int64), make(chan int64)
	go func() {
		var c int64
		for x := range add {
			c += x
		}
		total <- c
	}()
	together(r.n, func(int) {
		for i := 0; i < r.increments; i++ {
			add <- 1
		}
	})
	close(add)
	return <-total
}

func counter(count func(r request) int64) func(request) ([]string, error) {
	return func(r request) ([]string, error) {
		var values []string
		for ; r.repetitions > 0; r.repetitions-- {
			values = append(values, strconv.FormatInt(count(r), 10))
		}
		return values, nil
	}
}

// fetchAll does each repetition's n things together; results are in order.
func fetchAll[T any](r request, f func(url string) (T, error)) ([]T, error) {
	results := make([]T, r.n*r.repetitions)
	errs := make([]error, len(results))
	for first := 0; first < len(results); first += r.n {
		together(r.n, func(i int) {
			i += first
			results[i], errs[i] = f(r.url + strconv.Itoa(i))
		})
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

func get(url string, use func(body io.Reader) error) error {
	response, err := http.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return use(response.Body)
}

// A tail counts the bytes written to it and keeps the last ones.
type tail struct {
	bytes uint64
	end   []byte
}

func (t *tail) Write(p []byte) (int, error) {
	const longest = 20 // digits of a number of 64 bits
	t.bytes += uint64(len(p))
	if len(p) > longest {
		t.end = t.end[:0]
	}
	t.end = append(t.end, p[max(0, len(p)-longest):]...)
	t.end = t.end[max(0, len(t.end)-longest):]
	return len(p), nil
}

func max(a, b int) int {
	if a > b {
		return a
	}
	return b
}

type page struct{ number, bytes uint64 }

func download(url string) (p page, err error) {
	var t tail
	err = get(url, func(body io.Reader) error {
		_, err := io.Copy(&t, body)
		return err
	})
	if err != nil {
		return p, err
	}
	word := string(t.end[bytes.LastIndexByte(t.end, ' ')+1:])
	p.number, err = strconv.ParseUint(word, 10, 64)
	p.bytes = t.bytes
	return p, err
}

func pages(r request) (total page, err error) {
	all, err := fetchAll(r, download)
	for _, p := range all {
		total.number += p.number
		total.bytes += p.bytes
	}
	return total, err
}

func downloads(r request) ([]string, error) {
	total, err := pages(r)
	return []string{fmt.Sprint(total.number)}, err
}

func bulk(r request) ([]string, error) {
	total, err := pages(r)
	return []string{fmt.Sprint(total.number), fmt.Sprint(total.bytes)}, err
}

// find returns the first element with the last tag of path that lies in
// elements with the tags before.
func find(n *html.Node, path ...string) *html.Node {
	if n.Type == html.ElementNode && n.Data == path[0] {
		if path = path[1:]; len(path) == 0 {
			return n
		}
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		if found := find(child, path...); found != nil {
			return found
		}
	}
	return nil
}

func element(url string, path ...string) (found *html.Node, err error) {
	err = get(url, func(body io.Reader) error {
		document, err := html.Parse(body)
		if err != nil {
			return err
		}
		if found = find(document, path...); found == nil {
			return fmt.Errorf("%s has no %s", url, strings.Join(path, " "))
		}
		return nil
	})
	return found, err
}

func title(blog string) (string, error) {
	link, err := element(blog, "h3", "a")
	if err != nil {
		return "", err
	}
	base, err := url.Parse(blog)
	if err != nil {
		return "", err
	}
	article := base
	for _, attribute := range link.Attr {
		if attribute.Key == "href" {
			if article, err = base.Parse(attribute.Val); err != nil {
				return "", err
			}
		}
	}
	title, err := element(article.String(), "title")
	if err != nil || title.FirstChild == nil {
		return "", err
	}
	return strings.TrimSpace(title.FirstChild.Data), nil
}

func titles(r request) ([]string, error) { return fetchAll(r, title) }

var models = []struct {
	name, kind string
	work       func(r request) ([]string, error)
}{
	{"counter/goroutines", "may-lose", counter(unguarded)},
	{"counter/goroutines-yield", "may-lose", counter(yielding)},
	{"counter/goroutines-mutex", "exact", counter(locked)},
	{"counter/goroutines-atomic", "exact", counter(atomically)},
	{"counter/goroutines-channel", "exact", counter(owned)},
	{"download/goroutines", "exact", downloads},
	{"titles/goroutines", "exact", titles},
	{"bulk/goroutines", "exact", bulk},
}

func handle(fields []string) (string, error) {
	if len(fields) != 7 {
		return "", fmt.Errorf("a request has 7 fields, not %d", len(fields))
	}
	var numbers [3]int
	for i := range numbers {
		number, err := strconv.ParseUint(fields[3+i], 10, 31)
		if err != nil {
			return "", err
		}
		numbers[i] = int(number)
	}
	r := request{numbers[0], numbers[1], numbers[2], fields[6]}
	for _, m := range models {
		if m.name != fields[1]+"/"+fields[2] {
			continue
		}
		start := time.Now()
		results, err := m.work(r)
		ns := time.Since(start).Nanoseconds()
		return fmt.Sprintf("%d\t%s", ns, strings.Join(results, "\t")), err
	}
	return "", fmt.Errorf("no model %s of %s", fields[2], fields[1])
}

func main() {
	var offered []string
	for _, m := range models {
		offered = append(offered, m.name+":"+m.kind)
	}
	fmt.Printf("READY\t1\t%s\t%s\n", runtime.Version(),
		strings.Join(offered, ","))

	in := bufio.NewReader(os.Stdin)
	clean := strings.NewReplacer("\t", " ", "\n", " ")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		answer, err := handle(fields)
		if err != nil {
			fmt.Printf("%s\tERR\t%s\n", fields[0], clean.Replace(err.Error()))
		} else {
			fmt.Printf("%s\tOK\t%s\n", fields[0], answer)
		}
	}
}
