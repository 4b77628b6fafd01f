package option

type ClientOption any

func WithUserAgent(string) ClientOption { return nil }
