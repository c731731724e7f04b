// Package supervise gives the terminal back, however the console ends.
//
// A program that draws cannot restore the terminal itself when a goroutine panics, the runtime finds a
// fault, or it is killed. So the console runs in a child process of the same program. The parent keeps the
// terminal's settings, passes signals on, and after an abnormal end restores the settings, writes the
// sequences that leave every mode the console may have entered, and keeps the crash report in a file.
package supervise
