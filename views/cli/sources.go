package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"slices"
	"sync"
	"syscall"
	"time"

	"bustop/backends"
	"bustop/views/config"
)

const (
	// probeTime is how long a server on this machine may take to accept a connection.
	probeTime = 250 * time.Millisecond
	// firstContact bounds the first answer of a source when no timeout is given.
	firstContact = 10 * time.Second
)

// selection is the sources a run works with.
type selection struct {
	sources         []backends.Source
	context, colour string
	notes           []string
}

// close ends every source.
func (s selection) close() {
	for _, source := range s.sources {
		_ = source.Close()
	}
}

// choose opens the sources: those of the given URLs and --url, else those of the config file's
// context, else REDIS_URL and AMQP_URL, else servers on this machine. None is not an error.
func (a *app) choose(ctx context.Context, urls []string) (selection, error) {
	if err := a.loadConfig(); err != nil {
		return selection{}, err
	}
	if err := a.trace(ctx); err != nil {
		return selection{}, err
	}
	urls = slices.Concat(urls, a.flags.urls)
	if len(urls) > 0 {
		if a.flags.context != "" {
			return selection{}, usage("--context and URLs exclude each other")
		}
		sel, err := a.openURLs(urls)
		sel.notes = passwordNotes(urls)
		return sel, err
	}
	sel, found, err := a.openContext(ctx)
	if err != nil || found {
		return sel, err
	}
	if sel, err := a.openVariables(); err != nil || len(sel.sources) > 0 {
		return sel, err
	}
	return a.openURLs(probe(ctx, a.env.Local))
}

// openVariables opens the sources that the environment names.
func (a *app) openVariables() (selection, error) {
	var sel selection
	for _, name := range []string{"REDIS_URL", "AMQP_URL"} {
		value := a.env.Getenv(name)
		if value == "" {
			continue
		}
		source, err := a.env.Drivers.Open(value, a.options())
		if err != nil {
			sel.close()
			return selection{}, fmt.Errorf("%s: %w", name, err)
		}
		sel.sources = append(sel.sources, source)
	}
	return sel, sel.checkNames()
}

// readConfig reads the config file. Only one that was asked for must be there.
func (a *app) readConfig() (*config.File, error) {
	path := cmp.Or(a.flags.config, config.DefaultPath(a.env.Getenv))
	file, err := config.Load(path)
	missing := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
	switch {
	case err == nil:
		return file, nil
	case missing && a.flags.config == "":
		return &config.File{Path: path}, nil
	case missing:
		return nil, usage("--config %s: no such file", path)
	default:
		return nil, &failure{statusUsage, err}
	}
}

// loadConfig takes over what the config file says. It does nothing the second time.
func (a *app) loadConfig() error {
	if a.loaded {
		return nil
	}
	file, err := a.readConfig()
	if err != nil {
		return err
	}
	if a.decoder, err = a.decoderOf(file); err != nil {
		return err
	}
	a.file, a.loaded = file, true
	a.flags.timeout = cmp.Or(a.flags.timeout, a.file.Defaults.Duration())
	a.flags.form = cmp.Or(a.flags.form, a.file.Defaults.Output.Value, formTable)
	return nil
}

func (a *app) options() backends.Options {
	return backends.Options{
		Namespace: a.flags.namespace, Timeout: a.flags.timeout, Tracer: a.env.Tracer, Profiles: a.file.Rules(),
		Ledger: a.env.Ledger,
	}
}

func (a *app) openURLs(urls []string) (selection, error) {
	var sel selection
	for _, raw := range urls {
		source, err := a.env.Drivers.Open(raw, a.options())
		if err != nil {
			sel.close()
			return selection{}, err
		}
		sel.sources = append(sel.sources, source)
	}
	return sel, sel.checkNames()
}

// openContext opens the sources of the named or current context; found is false when there is
// none.
func (a *app) openContext(ctx context.Context) (sel selection, found bool, err error) {
	c, err := a.file.Select(a.flags.context)
	if c == nil || err != nil {
		return selection{}, false, err
	}
	sel = selection{context: cmp.Or(a.flags.context, a.file.Current.Value), colour: c.Colour.Value}
	for _, s := range c.Sources {
		source, err := a.openConfigured(ctx, s)
		if err != nil {
			sel.close()
			return selection{}, false, err
		}
		sel.sources = append(sel.sources, source)
	}
	return sel, true, sel.checkNames()
}

func (a *app) openConfigured(ctx context.Context, s *config.Source) (backends.Source, error) {
	r, err := a.file.Resolve(ctx, s, a.env.Getenv)
	if err != nil {
		return nil, err
	}
	opt := a.options()
	opt.Name, opt.Management, opt.TLS, opt.NoTaps, opt.Sentinel = r.Name, r.Management, r.TLS, r.NoTaps, r.Sentinel
	opt.Queues = r.Queues
	source, err := a.env.Drivers.Open(r.URL, opt)
	if err != nil {
		return nil, a.file.Locate(s, err)
	}
	return source, nil
}

// checkNames refuses two sources that could not be told apart.
func (s selection) checkNames() error {
	seen := map[string]bool{}
	for _, source := range s.sources {
		name := source.Identity().Name
		if seen[name] {
			s.close()
			return usage("two sources are called %s; give them names in the config file", name)
		}
		seen[name] = true
	}
	return nil
}

// passwordNotes warns of passwords that other users of the machine can see.
func passwordNotes(urls []string) []string {
	for _, raw := range urls {
		if u, err := backends.ParseURL(raw); err == nil {
			_, has := u.User.Password()
			if has || u.Query().Get("sentinel_password") != "" {
				return []string{"a password on the command line can be seen by other users of this machine; take it from the config file, REDIS_URL or AMQP_URL"}
			}
		}
	}
	return nil
}

// probe returns those of the URLs whose host accepts a connection.
func probe(ctx context.Context, urls []string) []string {
	open := make([]bool, len(urls))
	var all sync.WaitGroup
	for i, raw := range urls {
		u, err := url.Parse(raw)
		if err != nil {
			continue
		}
		all.Go(func() {
			dialer := net.Dialer{Timeout: probeTime}
			conn, err := dialer.DialContext(ctx, "tcp", u.Host)
			if err == nil {
				open[i] = true
				_ = conn.Close()
			}
		})
	}
	all.Wait()
	var found []string
	for i, raw := range urls {
		if open[i] {
			found = append(found, raw)
		}
	}
	return found
}

// reach chooses the sources and makes first contact with each. It returns those that answer;
// each of the others has had its line on stderr, and failed is the status they deserve.
func (a *app) reach(ctx context.Context) (sel selection, failed int, err error) {
	return a.reachBy(ctx, backends.Source.Ping)
}

// reachHealth is reach for who asks for health, which a server may tell those too whom it lets do nothing else.
func (a *app) reachHealth(ctx context.Context) (sel selection, failed int, err error) {
	return a.reachBy(ctx, func(source backends.Source, ctx context.Context) error {
		err := source.Ping(ctx)
		role := source.Roles().Health
		if err == nil || role == nil || backends.ReasonOf(err) != backends.Denied {
			return err
		}
		if _, unread := role.ReadHealth(ctx); unread != nil {
			return err
		}
		a.note("%s", named(source, err))
		return nil
	})
}

// reachBy is reach with a contact of its own.
func (a *app) reachBy(ctx context.Context, contact func(backends.Source, context.Context) error) (sel selection, failed int, err error) {
	sel, err = a.choose(ctx, nil)
	if err != nil {
		return sel, 0, err
	}
	if len(sel.sources) == 0 {
		return sel, 0, &failure{statusUnreachable, errors.New("no source: give a URL with --url, or set REDIS_URL or AMQP_URL, or write a config file; nothing answers on this machine's usual ports")}
	}
	errs := a.contactAll(ctx, sel.sources, contact)
	if ctx.Err() != nil {
		sel.close()
		return selection{}, 0, ctx.Err()
	}
	var live []backends.Source
	for i, source := range sel.sources {
		if errs[i] == nil {
			live = append(live, source)
			continue
		}
		_ = source.Close()
		a.warn(named(source, errs[i]))
		failed = max(failed, contactStatus(errs[i]))
	}
	sel.sources = live
	switch {
	case len(live) == 0:
		return sel, failed, &failure{failed, nil}
	case failed != 0:
		failed = statusFailed
	}
	return sel, failed, nil
}

func (a *app) contactAll(ctx context.Context, sources []backends.Source, contact func(backends.Source, context.Context) error) []error {
	errs := make([]error, len(sources))
	var all sync.WaitGroup
	for i, source := range sources {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, cmp.Or(a.flags.timeout, firstContact))
			defer cancel()
			errs[i] = contact(source, ctx)
		})
	}
	all.Wait()
	return errs
}

// contactStatus is the exit status for a source that could not be used at all.
func contactStatus(err error) int {
	switch backends.ReasonOf(err) {
	case backends.BadUsage:
		return statusUsage
	case backends.Unreachable, backends.Denied:
		return statusUnreachable
	default:
		if errors.Is(err, context.DeadlineExceeded) {
			return statusUnreachable
		}
		return statusFailed
	}
}

// named puts the source's name before an error that does not name it.
func named(source backends.Source, err error) error {
	var e *backends.Error
	if errors.As(err, &e) && e.Source != "" {
		return err
	}
	return fmt.Errorf("%s: %w", source.Identity().Name, err)
}
