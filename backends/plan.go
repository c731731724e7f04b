package backends

import "cmp"

// Consent is what a person must do before a look that has side effects.
type Consent uint8

// The degrees of consent. The zero value refuses, so that a Plan nobody filled allows nothing.
const (
	// Refused: the look could lose messages or change routing; it is not offered.
	Refused Consent = iota
	// TypeName: the person types the object's name, or the plan's phrase.
	TypeName
	// Confirm: the effects are shown and the person says yes.
	Confirm
	// Free: looking changes nothing.
	Free
)

// Plan is what a look would do, decided before anything is done.
type Plan struct {
	Target  Target
	Consent Consent
	// Effects are whole sentences: what the look does to the object and to whom. For Refused
	// they say why, and what to do instead.
	Effects []string
	// Max is the most messages one look may take; 0 means no limit of the plan's own.
	Max int
	// Phrase is what is typed in place of the name where TypeName asks for more than that: the plan
	// refuses unless the person knows what it cannot. "" means the name.
	Phrase string
	// Command is a shell command that a person may run instead, or that makes the look possible; it
	// is offered for copying and never run. "" when there is none.
	Command string
}

// Look is a Plan with the consent given to it.
type Look struct {
	Target Target
	// N is how many messages are wanted; the plan's Max bounds it.
	N int
	// Confirmed says that the person saw the effects and agreed.
	Confirmed bool
	// TypedName is what the person typed where the plan asked for the name or its phrase.
	TypedName string
}

// Typed is what a person types where the plan's consent is TypeName.
func (p Plan) Typed() string { return cmp.Or(p.Phrase, p.Target.Name) }

// Allows reports whether the consent in the look is enough for the plan.
func (p Plan) Allows(look Look) bool {
	switch p.Consent {
	case Free:
		return true
	case Confirm:
		return look.Confirmed
	case TypeName:
		return look.TypedName == p.Typed()
	case Refused:
		return false
	}
	return false
}
