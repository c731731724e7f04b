// Package decoders turns the bytes of a payload into a tree without being told their format.
//
// Decode finds the chain of layers (gzip → msgpack), unwraps it under limits and walks the
// innermost format into a flat Tree. Payloads are hostile: a length that a payload claims is
// compared with the bytes that are there before anything is allocated, the nesting, the number of
// nodes and the output of every compression layer are limited, and what was read before a break is
// kept and shown together with the place of the break (Fault).
//
// The formats are JSON (RFC 8259), newline-delimited JSON, text in UTF-8, UTF-16 (with a mark) and
// Latin-1, XML and CSV (RFC 4180), MessagePack (github.com/msgpack/msgpack/blob/master/spec.md) with
// the records of msgpackr, CBOR (RFC 8949), Protocol Buffers without a schema
// or with one (protobuf.dev/programming-guides/encoding; Schema, package schema reads its files) and BSON (bsonspec.org). The serialisations
// of Python (docs.python.org/3/library/pickletools.html), PHP (www.php.net/serialize) and Ruby
// (docs.ruby-lang.org/en/master/marshal_rdoc.html) are read without carrying anything out; pictures,
// archives, Java's serialisation and Avro's files are named. Around them stand gzip
// (RFC 1952), zlib (RFC 1950), raw deflate (RFC 1951), zstd (RFC 8878), lz4 (LZ4 Frame Format 1.6,
// legacy frames and bare blocks), Snappy and S2 (framing_format.txt, format_description.txt, bare
// blocks), bzip2, brotli (RFC 7932), base64 and hex (RFC 4648), JSON Web Tokens (RFC 7519), the LZ4
// extensions of MessagePack-CSharp and the flag byte of go-redis/cache. xz is named but not opened.
//
// The package imports nothing of the program it belongs to. What it returns may contain any
// character of the payload: a caller that prints it to a terminal has to sanitise it.
package decoders
