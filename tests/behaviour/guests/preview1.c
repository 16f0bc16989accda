// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A program of WASI preview 1, by wasi-libc, that uses what preview 1 has. preview1.wasm is committed; to build it anew
// (Debian's wasi-libc and lld):
//   clang --target=wasm32-wasi --sysroot=/usr -isystem /usr/include/wasm32-wasi -L/usr/lib/wasm32-wasi -Oz
//     -Wl,--strip-all preview1.c -o preview1.wasm
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *say(int status) {
  return status < 0 ? strerror(errno) : "fine";
}

static int count_entries(DIR *dir) {
  int count = 0;
  while (readdir(dir))
    count++;
  return count;
}

static void directories(void) {
  char name[32];
  for (int i = 0; i < 300; i++) {
    snprintf(name, sizeof(name), "/file%03d", i);
    FILE *file = fopen(name, "w");
    fprintf(file, "%d", i);
    fclose(file);
  }
  DIR *dir = opendir("/");
  int first = count_entries(dir);
  rewinddir(dir);
  printf("entries: %d, and again %d\n", first, count_entries(dir));
  closedir(dir);
  printf("mkdir: %s\n", say(mkdir("/sub", 0777)));
  printf("mkdir: %s\n", say(mkdir("/sub", 0777)));
}

static void positions(void) {
  char text[64];
  FILE *file = fopen("/file007", "r+");
  fseek(file, 0, SEEK_END);
  printf("end: %ld\n", ftell(file));
  fputs("xyz", file);
  rewind(file);
  printf("all: %s\n", fgets(text, sizeof(text), file));
  fclose(file);
  file = fopen("/file007", "a");
  fputs("!", file);
  fclose(file);
}

static void descriptors(void) {
  char bytes[16] = {0};
  struct stat info;
  int fd = open("/file008", O_RDWR);
  printf("pwrite: %zd\n", pwrite(fd, "abc", 3, 2));
  printf("pread: %zd %s\n", pread(fd, bytes, 10, 0) - 5, bytes);
  printf("truncate: %s\n", say(ftruncate(fd, 1)));
  fstat(fd, &info);
  printf("size: %lld, has a number: %d\n", (long long)info.st_size, info.st_ino != 0);
  printf("sync: %s\n", say(fsync(fd)));
  close(fd);
  printf("closed: %s\n", say((int)read(fd, bytes, 1)));
}

static void links(void) {
  struct stat info;
  char text[64] = {0};
  printf("link: %s\n", say(link("/file001", "/sub/hard")));
  stat("/sub/hard", &info);
  printf("links: %d\n", (int)info.st_nlink);
  printf("symlink: %s\n", say(symlink("../file001", "/sub/soft")));
  printf("readlink: %zd %s\n", readlink("/sub/soft", text, sizeof(text) - 1), text);
  lstat("/sub/soft", &info);
  printf("lstat: %d\n", S_ISLNK(info.st_mode));
  printf("rename: %s\n", say(rename("/sub/hard", "/sub/harder")));
  printf("rmdir: %s\n", say(rmdir("/sub")));
  printf("unlink: %s\n", say(unlink("/sub/harder")));
  printf("outside: %s\n", say(open("/../etc/passwd", O_RDONLY)));
}

static void times(void) {
  struct stat info;
  struct timespec set[2] = {{1000, 5}, {2000, 7}}, from, to, pause = {.tv_nsec = 5000000};
  printf("utimensat: %s\n", say(utimensat(AT_FDCWD, "/file002", set, 0)));
  stat("/file002", &info);
  printf("modified: %lld.%ld\n", (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
  clock_gettime(CLOCK_MONOTONIC, &from);
  nanosleep(&pause, NULL);
  clock_gettime(CLOCK_MONOTONIC, &to);
  printf("slept: %d\n", (to.tv_sec - from.tv_sec) * 1000000000ll + to.tv_nsec - from.tv_nsec >= 5000000);
}

static void much(void) {
  enum { SIZE = 1 << 20 };
  char *bytes = malloc(SIZE);
  size_t wrote = 0, got = 0;
  ssize_t count;
  memset(bytes, 'x', SIZE);
  int fd = open("/big", O_CREAT | O_RDWR, 0666);
  while (wrote < SIZE && (count = write(fd, bytes + wrote, SIZE - wrote)) > 0)
    wrote += (size_t)count;
  lseek(fd, 0, SEEK_SET);
  while ((count = read(fd, bytes, SIZE)) > 0)
    got += (size_t)count;
  printf("much: %zu %zu\n", wrote, got);
  close(fd);
}

static void input(void) {
  char bytes[100];
  struct pollfd one = {0, POLLIN, 0};
  printf("poll: %d\n", poll(&one, 1, 10000));
  ssize_t first = read(0, bytes, sizeof(bytes));
  printf("read: %zd, then %zd\n", first, read(0, bytes, sizeof(bytes)));
}

int main(int count, char **args) {
  unsigned char random[8];
  printf("arguments: %d, the last is %s\n", count, args[count - 1]);
  printf("variable: %s\n", getenv("NAME") ? getenv("NAME") : "none");
  printf("random: %s\n", say(getentropy(random, sizeof(random))));
  directories();
  positions();
  descriptors();
  links();
  times();
  much();
  input();
  fprintf(stderr, "to the other output\n");
  return 3;
}
