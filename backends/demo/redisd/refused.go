package redisd

// refusedHandlers are what needs replicas, functions or files: a server that has none of them
// answers as Redis does where Redis would have none either, and refuses the rest.
func refusedHandlers() map[string]handler {
	const alone = failure("ERR This server has no replication")
	refuse := func(err error) handler { return func(*call) error { return err } }
	noLibrary := refuse(failure("ERR Library not found"))
	noFunction := refuse(failure("ERR Function not found"))
	return map[string]handler{
		"function|list": (*call).emptyArray, "function|delete": noLibrary, "fcall": noFunction, "fcall_ro": noFunction,
		"function|flush": func(k *call) error { k.w.OK(); return nil }, "function|stats": (*call).functionStats,
		"function|load": refuse(failure("ERR Functions are not supported on this server")), "function|restore": refuse(failure("ERR Functions are not supported on this server")),
		"function|dump": refuse(failure("ERR Functions are not supported on this server")),
		"function|kill": refuse(failure("NOTBUSY No scripts in execution right now.")),
		"replicaof":     replicaOf, "slaveof": replicaOf, "failover": refuse(failure("ERR FAILOVER requires connected replicas.")),
		"psync": refuse(alone), "sync": refuse(alone), "replconf": refuse(alone), "migrate": refuse(alone),
		"module|load": refuse(failure("ERR Error loading the extension. Please check the server logs.")), "module|loadex": refuse(failure("ERR Error loading the extension. Please check the server logs.")),
		"module|unload": refuse(failure("ERR Error unloading module: no such module with that name")), "module|list": (*call).emptyArray,
		"pfdebug": refuse(failure("ERR PFDEBUG is not supported on this server")), "pfselftest": func(k *call) error { k.w.OK(); return nil },
		"restore-asking": (*call).restore, "host:": (*call).crossSite, "post": (*call).crossSite, "shutdown": (*call).shutdown,
		"lolwut": func(k *call) error { k.w.Verbatim("Redis ver. " + version + "\n"); return nil },
	}
}

func (k *call) emptyArray() error {
	k.w.Array(0)
	return nil
}

func (k *call) functionStats() error {
	k.pairs("running_script", k.w.Null, "engines", func() {
		k.pairs("LUA", func() { k.pairs("libraries_count", 0, "functions_count", 0) })
	})
	return nil
}

func replicaOf(k *call) error {
	if upper(k.args[1]) != "NO" || upper(k.args[2]) != "ONE" {
		return failure("ERR This server has no replication")
	}
	k.w.OK()
	return nil
}

// crossSite cuts off a client that speaks HTTP: a web page may have made a browser send it.
func (k *call) crossSite() error {
	k.c.closing = true
	return nil
}

// shutdown ends the server as Kill does.
func (k *call) shutdown() error {
	k.c.closing = true
	if k.n.shutdown != nil {
		go k.n.shutdown()
	}
	return nil
}
