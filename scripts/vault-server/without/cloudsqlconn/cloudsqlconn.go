// Package cloudsqlconn connects to nothing: in place of a cloud's databases.
package cloudsqlconn

type Option struct{}

type DialOption struct{}

func WithIAMAuthN() Option { return Option{} }

func WithCredentialsJSON([]byte) Option { return Option{} }

func WithDefaultDialOptions(...DialOption) Option { return Option{} }

func WithPrivateIP() DialOption { return DialOption{} }

func WithPSC() DialOption { return DialOption{} }
