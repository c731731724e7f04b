package broker

// ring is a double-ended queue over a circular buffer. It grows by doubling and halves again when
// three quarters are empty, so that a queue that was long once does not keep its memory.
type ring[T any] struct {
	buf  []T // length 0 or a power of two
	head int
	n    int
}

const ringMin = 8

func (r *ring[T]) len() int { return r.n }

func (r *ring[T]) slot(i int) *T { return &r.buf[(r.head+i)&(len(r.buf)-1)] }

// at returns the element at place i, counted from the front.
func (r *ring[T]) at(i int) T { return *r.slot(i) }

func (r *ring[T]) set(i int, v T) { *r.slot(i) = v }

func (r *ring[T]) pushBack(v T) {
	r.grow()
	r.n++
	*r.slot(r.n - 1) = v
}

func (r *ring[T]) pushFront(v T) {
	r.grow()
	r.head = (r.head - 1) & (len(r.buf) - 1)
	r.n++
	*r.slot(0) = v
}

func (r *ring[T]) popFront() T {
	var zero T
	v := *r.slot(0)
	*r.slot(0) = zero
	r.head = (r.head + 1) & (len(r.buf) - 1)
	r.n--
	r.shrink()
	return v
}

// insert puts v at place i and moves whichever side is shorter.
func (r *ring[T]) insert(i int, v T) {
	if i <= r.n/2 {
		r.pushFront(v)
		for j := range i {
			*r.slot(j) = *r.slot(j + 1)
		}
	} else {
		r.pushBack(v)
		for j := r.n - 1; j > i; j-- {
			*r.slot(j) = *r.slot(j - 1)
		}
	}
	*r.slot(i) = v
}

// keep drops the elements for which ok is false, in place and in order.
func (r *ring[T]) keep(ok func(T) bool) {
	kept := 0
	for i := range r.n {
		if v := r.at(i); ok(v) {
			r.set(kept, v)
			kept++
		}
	}
	var zero T
	for i := kept; i < r.n; i++ {
		r.set(i, zero)
	}
	r.n = kept
	r.shrink()
}

func (r *ring[T]) clear() { *r = ring[T]{} }

func (r *ring[T]) grow() {
	if r.n == len(r.buf) {
		r.resize(max(ringMin, 2*len(r.buf)))
	}
}

func (r *ring[T]) shrink() {
	if len(r.buf) > 64 && r.n < len(r.buf)/4 {
		r.resize(len(r.buf) / 2)
	}
}

func (r *ring[T]) resize(size int) {
	buf := make([]T, size)
	for i := range r.n {
		buf[i] = r.at(i)
	}
	r.buf, r.head = buf, 0
}
