#!/bin/bash
# Cuts the fonts down to what pictures are drawn with: `subset.sh DIRECTORY` with fonttools' `pyftsubset` on the path, and
# Debian's fonts-dejavu-core installed.
set -eu
from=/usr/share/fonts/truetype/dejavu
to=${1:?where to}
letters="U+0020-007E,U+00A0-024F,U+0259,U+02C6-02DD,U+0300-036F,U+0370-03FF,U+0400-045F,U+0490-0491,U+1E00-1EFF"
signs="U+2010-2027,U+202F-205E,U+2070-209C,U+20A0-20B5,U+2100-214F,U+2150-215E,U+2190-21FF,U+2200-22FF,U+2300-2328"
shapes="U+2380-23CF,U+2500-25FF,U+2600-2604,U+2610-2612,U+2639-263A,U+2665,U+26A0,U+26A1,U+2701-27BF,U+27E6-27EF,U+2B12-2B1A,U+FFFD"
# Terminals draw with Braille, which only the sans has, and with the marks of prompts.
braille="U+2800-28FF"
prompts="U+E0A0-E0B3"
for name in DejaVuSans DejaVuSans-Bold; do
	pyftsubset "$from/$name.ttf" --unicodes="$letters,$signs,$shapes,$braille" --layout-features='kern,mark,mkmk,ccmp,tnum' \
		--no-hinting --notdef-outline --output-file="$to/$name.ttf"
done
for name in DejaVuSansMono DejaVuSansMono-Bold; do
	pyftsubset "$from/$name.ttf" --unicodes="$letters,$signs,$shapes,$prompts" --layout-features='mark,mkmk,ccmp' \
		--no-hinting --notdef-outline --output-file="$to/$name.ttf"
done
