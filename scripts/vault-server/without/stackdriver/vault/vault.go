package vault

var Extractor, Bucketer any
