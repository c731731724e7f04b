package decoders

// form is what a format calls an item.
type form uint8

const (
	formNone form = iota
	formNull
	formBool
	formInt
	formLong
	formFloat
	formString
	formBytes
	formByteArray
	formArray
	formList
	formTuple
	formSet
	formFrozenSet
	formDict
	formMap
	formPHPArray
	formObject
	formReference
	formValueReference
	formClass
	formModule
	formFunction
	formSymbol
	formEnum
	formCustom
	formPersistent
	formExtension
	formShared
	formUTF8
	formASCII
	formRegexp
	formHash
	formStruct
	formUserClass
	formExtended
	formDump
	formData
	formStack
	formBlock
	formException
	formDocument
	formElement
	formAttribute
	formText
	formCDATA
	formDoctype
	formRecord
	formFixed
	formFile
	formPublic
	formPrivate
	formProtected
)

// String is the form in words.
func (f form) String() string {
	names := [...]string{
		formNone: "item", formNull: "null", formBool: "bool", formInt: "int", formLong: "long", formFloat: "float",
		formString: "string", formBytes: "bytes", formByteArray: "bytearray", formArray: "array", formList: "list",
		formTuple: "tuple", formSet: "set", formFrozenSet: "frozenset", formDict: "dict", formMap: "map",
		formPHPArray: "array", formObject: "object", formReference: "reference", formValueReference: "reference (&)",
		formClass: "class", formModule: "module", formFunction: "global name", formSymbol: "symbol", formEnum: "enum",
		formCustom: "object with a format of its own", formPersistent: "persistent id", formExtension: "extension code",
		formShared: "string (memo)", formUTF8: "string, UTF-8", formASCII: "string, US-ASCII", formRegexp: "regexp",
		formHash: "hash", formStruct: "struct", formUserClass: "object of a core class", formExtended: "extended object",
		formDump: "object (_dump)", formData: "object (marshal_dump)", formStack: "stack", formBlock: "block data",
		formException: "exception", formDocument: "document", formElement: "element", formAttribute: "attribute",
		formText: "text", formCDATA: "CDATA", formDoctype: "document type", formRecord: "record", formFixed: "fixed",
		formFile: "container file", formPublic: "property", formPrivate: "private", formProtected: "protected",
	}
	if int(f) < len(names) {
		return names[f]
	}
	return names[formNone]
}

// foreignType names the type of node i, with the visibility of a property.
func (t *Tree) foreignType(i int) string {
	n := &t.nodes[i]
	name := t.side.nodes[i].form.String()
	if n.role() != roleValue {
		return name
	}
	switch f := t.side.keys[n.ref].form; f {
	case formPrivate, formProtected:
		name += ", " + f.String()
	default:
	}
	return name
}

// facetRange is the bytes of the key of node i; a name that does not stand before its value has none.
func (t *Tree) facetRange(i int) (start, end int) {
	n := &t.nodes[i]
	f := t.side.keys[n.ref]
	if f.form == formElement {
		return int(f.at), int(f.at + f.size)
	}
	if f.form != formAttribute && f.at+f.size > n.start {
		return int(n.start), int(n.start)
	}
	return int(f.at), int(f.at + f.size)
}
