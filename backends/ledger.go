package backends

// Note is what a Ledger keeps under one key.
type Note struct {
	// Text is JSON of the source's own making, "" where nothing is kept.
	Text string
	// Lost says why a note that was kept may be missing, "" where nothing is known to be.
	Lost string
}

// Ledger keeps what looks have used up that a server does not tell, across runs and between
// processes: a look that is the last but one in this process may be the last but one of many. What it
// keeps, it may forget after months, or when it holds thousands of notes.
type Ledger interface {
	// Change hands the note under a key to change and keeps the text that it returns, "" for none.
	// Nobody else, of other processes neither, reads or changes notes meanwhile: change asks no
	// server. An error of change is returned and leaves the note as it was; any other error says
	// that notes cannot be kept.
	Change(key []string, change func(Note) (string, error)) error
}
