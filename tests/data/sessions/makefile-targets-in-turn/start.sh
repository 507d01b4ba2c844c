printf 'all: build/report.txt\n\nbuild/report.txt: data.txt\n\tmkdir -p build\n\tsort $< > $@\n\ncheck: build/report.txt\n\t@sort -c $< && echo sorted\n\nclean:\n\trm -rf build\n' > Makefile
printf 'b\na\n' > data.txt
