package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"sync"
)

const (
	maxLinks     = 5000
	nameLength   = 6
	nameAlphabet = "abcdefghjkmnpqrstuvwxyz23456789"
)

var (
	errName  = errors.New("A short name has 2 to 40 small letters, digits and dashes.")
	errTaken = errors.New("This short name is taken.")
	errFull  = errors.New("The list is full. Delete some links first.")
	goodName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,39}$`)
)

type link struct {
	Name   string `json:"name"`
	URL    string `json:"url"`
	Visits int    `json:"visits"`
}

// store keeps the links in a file that is replaced as a whole, so that a crash leaves the old or the new list.
type store struct {
	mutex sync.Mutex
	path  string
	links []link
}

func openStore(path string) (*store, error) {
	s := &store{path: path}
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return s, os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err != nil {
		return nil, err
	}
	return s, json.Unmarshal(data, &s.links)
}

func (s *store) save(links []link) error {
	data, err := json.MarshalIndent(links, "", " ")
	if err != nil {
		return err
	}
	file, err := os.Create(s.path + ".tmp")
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(s.path+".tmp", s.path)
	}
	if err == nil {
		s.links = links
	}
	return err
}

func (s *store) find(name string) int {
	for index, each := range s.links {
		if each.Name == name {
			return index
		}
	}
	return -1
}

func randomName() (string, error) {
	random := make([]byte, nameLength)
	if _, err := rand.Read(random); err != nil {
		return "", err
	}
	for index, value := range random {
		random[index] = nameAlphabet[int(value)%len(nameAlphabet)]
	}
	return string(random), nil
}

func (s *store) add(name, url string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.links) >= maxLinks {
		return errFull
	}
	if name == "" {
		generated, err := randomName()
		if err != nil {
			return err
		}
		name = generated
	}
	if !goodName.MatchString(name) {
		return errName
	}
	if s.find(name) >= 0 || name == "links" || name == "delete" {
		return errTaken
	}
	return s.save(append(append([]link{}, s.links...), link{Name: name, URL: url}))
}

func (s *store) remove(name string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	index := s.find(name)
	if index < 0 {
		return nil
	}
	rest := append([]link{}, s.links[:index]...)
	return s.save(append(rest, s.links[index+1:]...))
}

// visit returns where a link leads and counts the visit; empty when there is no such link.
func (s *store) visit(name string) (string, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	index := s.find(name)
	if index < 0 {
		return "", nil
	}
	links := append([]link{}, s.links...)
	links[index].Visits++
	return links[index].URL, s.save(links)
}

func (s *store) newest() []link {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	newest := make([]link, 0, len(s.links))
	for index := len(s.links) - 1; index >= 0; index-- {
		newest = append(newest, s.links[index])
	}
	return newest
}
