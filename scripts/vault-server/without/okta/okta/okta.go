// Package okta asks nobody: in place of a client of 400 kinds of objects.
package okta

import (
	"context"
	"errors"
)

var errLeftOut = errors.New("Okta is left out of this Vault")

type Configuration struct{ Context context.Context }

func NewConfiguration(...any) (*Configuration, error) { return nil, errLeftOut }

func WithToken(string) any  { return nil }
func WithOrgUrl(string) any { return nil }
func WithCache(bool) any    { return nil }

type APIClient struct {
	UserAPI       userAPI
	UserFactorAPI userFactorAPI
}

func NewAPIClient(*Configuration) *APIClient { return &APIClient{} }

func (*APIClient) GetConfig() *Configuration { return nil }

type request[T any] struct{}

func (r request[T]) Filter(string) request[T] { return r }

func (request[T]) Execute() (found T, response any, err error) { return found, nil, errLeftOut }

type userAPI struct{}

func (userAPI) ListUsers(context.Context) request[[]User] { return request[[]User]{} }

type userFactorAPI struct{}

func (userFactorAPI) ListFactors(context.Context, string) request[[]Factor] {
	return request[[]Factor]{}
}

func (userFactorAPI) VerifyFactor(context.Context, string, string) request[*Result] {
	return request[*Result]{}
}

func (userFactorAPI) GetFactorTransactionStatus(context.Context, string, string, string) request[*Status] {
	return request[*Status]{}
}

type User struct{}

func (User) GetId() string { return "" }

type Factor struct{ UserFactorPush *UserFactorPush }

type UserFactorPush struct{}

func (*UserFactorPush) GetId() string { return "" }

type Result struct{ Links map[string]any }

func (*Result) GetFactorResult() string { return "" }

type Status struct {
	UserFactorPushTransaction, UserFactorPushTransactionWaiting         *struct{}
	UserFactorPushTransactionRejected, UserFactorPushTransactionTimeout *struct{}
}
