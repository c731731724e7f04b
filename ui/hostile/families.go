package hostile

import "strings"

// sequences are CSI and ESC sequences (ECMA-48, DEC private ones): screen, cursor, modes, reports, resets.
func sequences() []string {
	return []string{
		"\x1b[2J", "\x1b[3J", "\x1b[H\x1b[2J", "\x1b[1;1H", "\x1b[10;10Hfake", "\x1b[A\x1b[2Kfake row", "\x1b[1000D", "\x1b[0K",
		"\x1b[31mred", "\x1b[0;30;40mhidden", "\x1b[8mconcealed", "\x1b[7mreversed", "\x1b[38;2;0;0;0mblack", "\x1b[" + strings.Repeat("9;", 33) + "m",
		"\x1b[?1049l", "\x1b[?1049h", "\x1b[?25l", "\x1b[?1000h\x1b[?1003h", "\x1b[?2004l", "\x1b[?5h", "\x1b[?2026h", "\x1b[?7l", "\x1b[4h", "\x1b[20h",
		"\x1b[6n", "\x1b[c", "\x1b[>c", "\x1b[>q", "\x1b[?u", "\x1b[x", "\x1b[21t", "\x1b[14t", "\x1b[8;1;1t", "\x1b[2t", "\x1b[3;0;0t", "\x1b[5i", "\x1b[4i",
		"\x1b[1;2r", "\x1b[s\x1b[u", "\x1b[!p", "\x1b[99999999b", "\x1b[999999999S", "\x1b[2;\x1b[31m", "\x1b[\x1b[\x1b[", "\x1b[31", "\x1b[", "\x1b",
		"\x1bc", "\x1b7\x1b8", "\x1bD\x1bM\x1bE", "\x1b#8", "\x1b(0lqqk", "\x1b%G", "\x1b%@", "\x1b=\x1b>", "\x1bN\x1bO", "\x1bZ", "\x1b ", "\x1b\x1b",
		"\x1b[1\x18m", "\x1b[\x0a2J", "\x1b[2\x1aJ",
	}
}

// commands are OSC, DCS, APC, PM and SOS strings: title, colours, clipboard, links, notifications, files.
func commands() []string {
	return []string{
		"\x1b]0;title\a", "\x1b]2;title\x1b\\", "\x1b]0;title", "\x1b]4;1;?\a", "\x1b]4;1;#000000\a", "\x1b]7;file://evil/\a",
		"\x1b]8;;https://evil.example\aclick\x1b]8;;\a", "\x1b]8;;file:///etc/passwd\x1b\\file\x1b]8;;\x1b\\", "\x1b]9;done\a", "\x1b]9;4;1;50\a",
		"\x1b]10;?\a", "\x1b]11;?\a", "\x1b]11;#ffffff\a", "\x1b]12;red\a", "\x1b]50;?\a", "\x1b]50;#1\a", "\x1b]52;c;cm0gLXJmIH4=\a", "\x1b]52;p;cm0gLXJmIH4=\x1b\\", "\x1b]52;c;?\a",
		"\x1b]99;i=1;hello\x1b\\", "\x1b]104\a", "\x1b]110\a", "\x1b]133;A\a", "\x1b]133;C\a", "\x1b]633;E;rm -rf ~\a", "\x1b]777;notify;a;b\a",
		"\x1b]1337;File=inline=1:AAAA\a", "\x1b]1337;SetUserVar=a=YQ==\a", "\x1b]1337;CopyToClipboard=\a", "\x1b]666;x\a", "\x1b]" + strings.Repeat("9", 300),
		"\x1bP$q\"p\x1b\\", "\x1bP+q544e\x1b\\", "\x1bPq#0;2;0;0;0~~\x1b\\", "\x1bPtmux;\x1b\x1b]0;t\a\x1b\\", "\x1b_Ga=T,f=24;AAAA\x1b\\", "\x1b_x\x1b\\", "\x1b^pm\x1b\\", "\x1bXsos\x1b\\", "\x1bkscreen title\x1b\\",
		"\x1bP" + strings.Repeat("x", 5000), "\x1b]0;a\x9c", "\x1b]0;a\x1b[31m\a",
	}
}

// strings8bit are C1 controls, as single bytes and in UTF-8.
func strings8bit() []string {
	return []string{
		"\x9b2J", "\x9d0;title\x9c", "\x90q\x9c", "\x9fG\x9c", "\x9e\x9c", "\x98\x9c", "\x84\x85\x8d", "\x8e\x8f", "\x9a", "\x80\x81\x99",
		"\u009b2J", "\u009d52;c;cm0=\u0007", "\u0090q\u009c", "\u009fG\u009c", "\u009e\u009c", "\u0098\u009c", "\u0085next line", "\u008dup", "\u0080\u009f",
		"\xc2\x9b31m", "a\u009bb\u009cc",
	}
}

// controls are C0 characters and DEL.
func controls() []string {
	return []string{
		"\x00", "a\x00b", "\a\a\a", "safe\b\b\b\bevil", "over\rwritten", "two\nlines", "\r\n\r\n", "a\tb\tc", "\v\f", "\x0e\x0f", "\x05", "\x11\x13", "\x04\x03\x1a", "\x18\x1a", "\x7f\x7f\x7f",
		"\x1c\x1d\x1e\x1f", strings.Repeat("\n", 100), strings.Repeat("\t", 100),
	}
}

// invisible are characters that are not seen or that change the direction of others.
func invisible() []string {
	return []string{
		"a\u202egpj.exe", "\u202a\u202b\u202d\u202c", "\u2066\u2067\u2068\u2069", "\u200e\u200f\u061c", "if a\u2066 } \u2069{", "שלום 123 abc", "abc مرحبا 456", "\u0661\u0662\u0663",
		"pass\u200bword", "\u200c\u200d\u2060", "\ufeffbom", "so\u00adft", "\u180e\u180b\u180f", "\u034f", "\u115f\u1160\u3164\uffa0", "\u17b4\u17b5", "\u2061\u2062\u2063\u2064", "\u206a\u206f",
		"\U000e0001\U000e0041\U000e007f", "\U000e0100\U000e01ef", "\ufe00\ufe0f", "\ufff9a\ufffab\ufffb", "\u2028\u2029", "\u00a0\u2003\u3000", "\u2800\u2800", "\ue000\U000f0000\U0010fffd", "\ufdd0\ufffe\uffff\U0001ffff", "\U000e0fff\u0378",
		"\u0600\u0605\u06dd\u070f\u08e2", "\U000110bd1", "\u0d4eക", "\U0001d173\U0001d17a", "\U00013430\U0001343f",
	}
}

// clusters are characters whose width or joining terminals disagree on.
func clusters() []string {
	return []string{
		"Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d", "\u0301first", "e\u0301", "a" + strings.Repeat("\u0300", 500), strings.Repeat("\u0488", 10), "a\u20dd\u20e3", "1\ufe0f\u20e3",
		"👨\u200d👩\u200d👧\u200d👦", "👍🏽", "🏽", "🇩🇪🇫🇷", "🇩", "❤\ufe0f", "☁\ufe0f", "☁\ufe0e", "🏴\U000e0067\U000e0062\U000e007f", "🏳\ufe0f\u200d🌈", "🫩🪉",
		"กำ", "क्षि", "நி", "ｶﾞ", "\u1100\u1161\u11a8", "\u1100\u1100\u1161", "각", "世界世界世界", "ﷺ", "꧅", "𒐫", "⸻", "…·•●○", "ａｂｃ", "①②③", "\u0915\u094d\u200d\u0937",
	}
}

// frames are parts of our own drawing.
func frames() []string {
	return []string{
		"│ ok │", "╭──────╮", "▌selected", "█████████", "┃", "▁▂▃▄▅▆▇█", `\e[31m`, `\x1b`, `\u{202e}`, "\x1b[2;4m\\e\x1b[22;24m",
	}
}

// undecodable are bytes that are no UTF-8 (RFC 3629).
func undecodable() []string {
	return []string{
		"\xff", "\xfe\xff", "\xc3", "a\xe4\xb8", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x9b", "\xf0\x80\x80\x9b", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xc2", "\xc2\x1b[2J", "\xe2\x1b]0;t\a",
		"\x82\xa0\x82\xa2", "\xef\xbf", "\xf0\x9f\x98", strings.Repeat("\xff", 5000),
	}
}

// revived become dangerous once a decoder, a joiner or a shell has worked on them.
func revived() []string {
	return []string{
		`{"a":"\u001b[2J"}`, `"\u009b2J"`, "\xa4\x1b[2J", "\x64\x1b[2J", "\x82\xa1a\x1b\xa1b[", "\\033[2J", "%1b%5b2J", "G1sySg==", "key\x1b", "[2J", "]0;t\a", "$(reboot)", "`reboot`", "'; rm -rf ~ #", "a\nreboot\n",
		"=1+1", "+1", "-1", "@SUM(A1)", "../../etc/passwd", "-rf", "con\x00.txt", strings.Repeat("../", 2000),
	}
}

// spoofs look like something the program itself says.
func spoofs() []string {
	return []string{
		"Password: ", "\nbustop: password for prod: ", "\r\x1b[Kroot@prod:~# ", "[y/N] y", "connection lost\x1b[K", "READ-ONLY\rWRITE    ", "orders\u2028orders", "раураl", "оrders", "orders ", " orders", "",
		strings.Repeat("A", 5000), strings.Repeat("世", 5000), strings.Repeat("\x1b[31m", 1000),
	}
}
