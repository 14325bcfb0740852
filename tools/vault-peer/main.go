// Vault's own transit engine behind as much of Vault's HTTP API as a client of transit meets: tokens, two ways to log
// in, namespaces that are ignored, sealed. For tests. It prints its address and ends when its standard input closes.
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/hashicorp/vault/builtin/logical/transit"
	"github.com/hashicorp/vault/sdk/logical"
)

const rootToken = "root"

type server struct {
	backend logical.Backend
	storage logical.Storage
	mutex   sync.Mutex
	// Token to the transit keys that it may encrypt and decrypt with; the root token may do everything.
	tokens map[string]string
	sealed bool
	// A key that OpenBao, unlike Vault, can shut off without deleting it.
	softDeleted string
}

func main() {
	storage := &logical.InmemStorage{}
	backend, err := transit.Factory(context.Background(), &logical.BackendConfig{
		StorageView: storage,
		System:      logical.TestSystemView(),
	})
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	s := &server{backend: backend, storage: storage, tokens: map[string]string{}}
	go s.obey()
	fmt.Printf("{\"port\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, s))
}

// A JSON order a line, answered by one; the end of the input ends the peer.
func (s *server) obey() {
	orders := json.NewDecoder(os.Stdin)
	for {
		var order struct {
			Sealed *bool `json:"sealed"`
			Revoke bool  `json:"revoke"`
			// Of a key, or the empty text.
			SoftDeleted *string `json:"softDeleted"`
		}
		if orders.Decode(&order) != nil {
			os.Exit(0)
		}
		s.mutex.Lock()
		if order.Sealed != nil {
			s.sealed = *order.Sealed
		}
		if order.SoftDeleted != nil {
			s.softDeleted = *order.SoftDeleted
		}
		if order.Revoke {
			s.tokens = map[string]string{}
		}
		s.mutex.Unlock()
		fmt.Println("{}")
	}
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var data map[string]any
	if body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20)); len(body) > 0 {
		if json.Unmarshal(body, &data) != nil {
			fail(w, http.StatusBadRequest, "failed to parse JSON input")
			return
		}
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/v1/")
	switch {
	case s.sealed:
		fail(w, http.StatusServiceUnavailable, "Vault is sealed")
	case strings.HasPrefix(path, "auth/") && strings.HasSuffix(path, "/login"):
		s.login(w, data)
	case strings.HasPrefix(path, "transit/"):
		s.transit(w, r, strings.TrimPrefix(path, "transit/"), data)
	default:
		fail(w, http.StatusNotFound, "no handler for route")
	}
}

// The secret of either way is "secret-for-KEY": the token that it gives may use that key.
func (s *server) login(w http.ResponseWriter, data map[string]any) {
	secret, _ := data["secret_id"].(string)
	if jwt, ok := data["jwt"].(string); ok {
		secret = jwt
	}
	key, ok := strings.CutPrefix(secret, "secret-for-")
	if !ok {
		fail(w, http.StatusBadRequest, "invalid role or secret ID")
		return
	}
	random := make([]byte, 16)
	_, _ = rand.Read(random)
	token := "hvs." + hex.EncodeToString(random)
	s.tokens[token] = key
	reply(w, map[string]any{"auth": map[string]any{"client_token": token, "lease_duration": 3600, "renewable": true}})
}

func (s *server) mayUse(token, operation, key string) bool {
	if token == rootToken {
		return true
	}
	allowed, known := s.tokens[token]
	return known && allowed == key && (operation == "encrypt" || operation == "decrypt" || operation == "keys")
}

func (s *server) transit(w http.ResponseWriter, r *http.Request, path string, data map[string]any) {
	parts := strings.SplitN(path, "/", 3)
	if len(parts) < 2 || !s.mayUse(r.Header.Get("X-Vault-Token"), parts[0], parts[1]) {
		fail(w, http.StatusForbidden, "permission denied")
		return
	}
	deleted := s.softDeleted != "" && s.softDeleted == parts[1]
	if deleted && parts[0] != "keys" {
		fail(w, http.StatusBadRequest, "key is soft-deleted")
		return
	}
	request := &logical.Request{Path: path, Data: data, Storage: s.storage}
	switch r.Method {
	case http.MethodGet:
		request.Operation = logical.ReadOperation
	case http.MethodDelete:
		request.Operation = logical.DeleteOperation
	default:
		request.Operation = logical.UpdateOperation
		found, exists, err := s.backend.HandleExistenceCheck(r.Context(), request)
		if err == nil && found && !exists {
			// A policy of "update" alone: encrypting makes no key.
			if parts[0] == "encrypt" {
				fail(w, http.StatusForbidden, "permission denied")
				return
			}
			request.Operation = logical.CreateOperation
		}
	}
	response, err := s.backend.HandleRequest(r.Context(), request)
	switch {
	case response != nil && response.IsError():
		fail(w, http.StatusBadRequest, response.Error().Error())
	case errors.Is(err, logical.ErrUnsupportedPath):
		fail(w, http.StatusNotFound, "no handler for route")
	case errors.Is(err, logical.ErrInvalidRequest):
		fail(w, http.StatusBadRequest, err.Error())
	case err != nil:
		fail(w, http.StatusInternalServerError, err.Error())
	case response == nil && r.Method == http.MethodGet:
		fail(w, http.StatusNotFound)
	case response == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		if deleted {
			response.Data["soft_deleted"] = true
		}
		reply(w, map[string]any{"data": response.Data})
	}
}

func reply(w http.ResponseWriter, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func fail(w http.ResponseWriter, status int, messages ...string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": append([]string{}, messages...)})
}
