package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

func post(t *testing.T, handler http.Handler, path string, form url.Values) int {
	t.Helper()
	request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer.Code
}

func get(handler http.Handler, path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	return answer
}

func TestLinkIsFollowedCountedAndKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "links.json")
	handler, err := newHandler(file)
	if err != nil {
		t.Fatal(err)
	}
	if code := post(t, handler, "/links", url.Values{"url": {"example.com/menu"}, "name": {"menu"}}); code != http.StatusSeeOther {
		t.Fatalf("adding answered %d", code)
	}
	if where := get(handler, "/menu").Header().Get("Location"); where != "https://example.com/menu" {
		t.Fatalf("the link leads to %q", where)
	}
	again, err := newHandler(file)
	if err != nil {
		t.Fatal(err)
	}
	if body := get(again, "/").Body.String(); !strings.Contains(body, "1 visit") {
		t.Fatal("the visit was not kept")
	}
}

func TestBadLinksAreRefused(t *testing.T) {
	handler, err := newHandler(filepath.Join(t.TempDir(), "links.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []url.Values{
		{"url": {"javascript://alert(1)"}},
		{"url": {""}},
		{"url": {"example.com"}, "name": {"<b>"}},
		{"url": {"example.com"}, "name": {"links"}},
	} {
		if code := post(t, handler, "/links", bad); code != http.StatusBadRequest {
			t.Errorf("%v answered %d", bad, code)
		}
	}
}
