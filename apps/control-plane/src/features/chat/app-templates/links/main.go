// A shortener: long links become short ones, and every visit is counted.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"html/template"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

//go:embed app.json
var settingsJSON []byte

//go:embed style.css
var styleCSS []byte

//go:embed page.html
var pageHTML string

type section struct {
	Heading string `json:"heading"`
	Text    string `json:"text"`
}

type settings struct {
	Title    string    `json:"title"`
	Tagline  string    `json:"tagline"`
	Icon     string    `json:"icon"`
	Accent   string    `json:"accent"`
	Theme    string    `json:"theme"`
	Sections []section `json:"sections"`
}

// mark is the sign beside the title: the symbol that was chosen, or the first letter.
func (s settings) mark() string {
	if s.Icon != "" {
		return s.Icon
	}
	return string([]rune(s.Title)[:1])
}

func newHandler(dataFile string) (http.Handler, error) {
	var config settings
	if err := json.Unmarshal(settingsJSON, &config); err != nil {
		return nil, err
	}
	links, err := openStore(dataFile)
	if err != nil {
		return nil, err
	}
	page := template.Must(template.New("page").Parse(pageHTML))
	return &app{config: config, links: links, page: page}, nil
}

func main() {
	handler, err := newHandler("data/links.json")
	if err != nil {
		log.Fatal(err)
	}
	port := os.Getenv("PORT")
	if port == "" {
		port = "3000"
	}
	host := os.Getenv("HOST") // In a container, it opens the app to what is outside.
	if host == "" {
		host = "127.0.0.1"
	}
	server := &http.Server{Addr: net.JoinHostPort(host, port), Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() {
		<-ended.Done()
		deadline, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		_ = server.Shutdown(deadline)
	}()
	log.Printf("The app listens on port %s", port)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}
