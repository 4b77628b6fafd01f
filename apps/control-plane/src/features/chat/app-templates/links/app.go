package main

import (
	"fmt"
	"html/template"
	"log"
	"net/http"
	"net/url"
	"strings"
)

const (
	maxFormBytes = 16 * 1024
	maxURLLength = 2000
	iconSVG      = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><text x="50" y="84" font-size="90" text-anchor="middle">%s</text></svg>`
)

type app struct {
	config settings
	links  *store
	page   *template.Template
}

type view struct {
	settings
	Mark   string
	Links  []link
	Notice string
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/links":
		a.add(w, r)
	case r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/delete/"):
		a.remove(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		a.show(w, http.StatusMethodNotAllowed, "This is not possible here.")
	case r.URL.Path == "/":
		a.show(w, http.StatusOK, "")
	case r.URL.Path == "/style.css":
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(styleCSS)
	case r.URL.Path == "/icon.svg":
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = fmt.Fprintf(w, iconSVG, template.HTMLEscapeString(a.config.mark()))
	default:
		a.follow(w, r)
	}
}

func (a *app) show(w http.ResponseWriter, status int, notice string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'self'; form-action 'self'; base-uri 'none'")
	w.WriteHeader(status)
	if err := a.page.Execute(w, view{a.config, a.config.mark(), a.links.newest(), notice}); err != nil {
		log.Print(err)
	}
}

func fromOtherSite(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Site") == "cross-site"
}

// target returns the link when it leads to a web page.
func target(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || len(text) > maxURLLength {
		return "", false
	}
	return parsed.String(), parsed.Scheme == "http" || parsed.Scheme == "https"
}

func (a *app) add(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	if err := r.ParseForm(); err != nil || fromOtherSite(r) {
		a.show(w, http.StatusBadRequest, "This could not be saved. Please try again from this page.")
		return
	}
	long, ok := target(r.PostForm.Get("url"))
	if !ok {
		a.show(w, http.StatusBadRequest, "Please enter the address of a web page.")
		return
	}
	switch err := a.links.add(strings.ToLower(strings.TrimSpace(r.PostForm.Get("name"))), long); err {
	case nil:
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case errName, errTaken, errFull:
		a.show(w, http.StatusBadRequest, err.Error())
	default:
		log.Print(err)
		a.show(w, http.StatusInternalServerError, "Something went wrong. Please try again.")
	}
}

func (a *app) remove(w http.ResponseWriter, r *http.Request) {
	if fromOtherSite(r) {
		a.show(w, http.StatusForbidden, "This is not possible here.")
		return
	}
	if err := a.links.remove(strings.TrimPrefix(r.URL.Path, "/delete/")); err != nil {
		log.Print(err)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) follow(w http.ResponseWriter, r *http.Request) {
	long, err := a.links.visit(strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil {
		log.Print(err)
	}
	if long == "" {
		a.show(w, http.StatusNotFound, "There is no such link.")
		return
	}
	http.Redirect(w, r, long, http.StatusFound)
}
