// Package cli is bustop's command line: it starts the console and holds the commands that print
// and exit.
//
// Results go to stdout, everything else to stderr as single lines that start with "bustop: ".
// Whatever comes from outside is cleaned on its way there. The exit status is
//
//	0  fine
//	1  the command failed, or failed for some of several sources
//	2  wrong usage: a flag, a URL, a target or the config file
//	3  no source could be reached or let us in
//
// and 130 for a command that was interrupted. A reader that closes the pipe ends a command
// quietly with status 0.
//
// Nothing here is global: Main builds everything from its Env, so that tests run commands in
// one process, and the console itself is a function that main passes in.
package cli
