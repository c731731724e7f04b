// Package config reads bustop's configuration file: contexts, each a named set of sources, and
// the defaults of the command line. The file is read strictly: an unknown key is an error, and
// every error names the file and the line and quotes nothing that could be a secret.
//
// Passwords need not stand in the file: ${NAME} in a URL takes an environment variable, and a
// source's password may come from a variable, a file or a command. A file that does hold a
// password must be readable by its owner only.
package config
