/*
 * load measures one TCP path to a sink: load PORT down|up BYTES, load PORT ping|open COUNT.
 * Every connection starts with a header, a letter and a length, that tells the sink its part.
 * Prints seconds (down, up) or one duration in microseconds a line (ping, open).
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK_BYTES = 256 * 1024 };
static char chunk[CHUNK_BYTES];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent = write(fd, bytes, length);
    if (sent <= 0) fail("write");
    bytes += sent;
    length -= sent;
  }
}

static void receive_all(int fd, uint64_t length) {
  while (length > 0) {
    ssize_t received = read(fd, chunk, length < CHUNK_BYTES ? length : CHUNK_BYTES);
    if (received <= 0) fail("read");
    length -= received;
  }
}

static int open_path(int port, char mode, uint64_t length) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  char header[9] = {mode};
  memcpy(header + 1, &length, sizeof length);
  send_all(fd, header, sizeof header);
  return fd;
}

/* The sink acknowledges the last byte of either direction's transfer. */
static double transfer(int port, char mode, uint64_t length) {
  int fd = open_path(port, mode, length);
  double started = now();
  if (mode == 'u') {
    receive_all(fd, length);
  } else {
    for (uint64_t left = length; left > 0;) {
      size_t part = left < CHUNK_BYTES ? left : CHUNK_BYTES;
      send_all(fd, chunk, part);
      left -= part;
    }
    receive_all(fd, 1);
  }
  double seconds = now() - started;
  close(fd);
  return seconds;
}

static void ping(int port, int count) {
  int fd = open_path(port, 'e', 0);
  for (int round = 0; round < count; round++) {
    double started = now();
    send_all(fd, "x", 1);
    receive_all(fd, 1);
    printf("%.1f\n", (now() - started) * 1e6);
  }
  close(fd);
}

static void open_often(int port, int count) {
  for (int round = 0; round < count; round++) {
    double started = now();
    int fd = open_path(port, 'e', 0);
    send_all(fd, "x", 1);
    receive_all(fd, 1);
    printf("%.1f\n", (now() - started) * 1e6);
    close(fd);
  }
}

int main(int argc, char **argv) {
  if (argc != 4) return 64;
  int port = atoi(argv[1]);
  char mode = argv[2][0];
  if (mode == 'd' || mode == 'u') printf("%.6f\n", transfer(port, mode, strtoull(argv[3], NULL, 10)));
  else if (mode == 'p') ping(port, atoi(argv[3]));
  else open_often(port, atoi(argv[3]));
  return 0;
}
