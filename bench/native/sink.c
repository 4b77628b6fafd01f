/* sink is what load talks to: it swallows, sends or echoes. Prints the port that it listens on. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK_BYTES = 256 * 1024, HEADER_BYTES = 9 };

static int send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent = write(fd, bytes, length);
    if (sent <= 0) return 0;
    bytes += sent;
    length -= sent;
  }
  return 1;
}

static void swallow(int fd, char *chunk, uint64_t left) {
  while (left > 0) {
    ssize_t received = read(fd, chunk, left < CHUNK_BYTES ? left : CHUNK_BYTES);
    if (received <= 0) return;
    left -= received;
  }
  send_all(fd, "x", 1);
}

static void flood(int fd, char *chunk, uint64_t left) {
  while (left > 0) {
    size_t part = left < CHUNK_BYTES ? left : CHUNK_BYTES;
    if (!send_all(fd, chunk, part)) return;
    left -= part;
  }
}

static void echo(int fd, char *chunk) {
  for (;;) {
    ssize_t received = read(fd, chunk, CHUNK_BYTES);
    if (received <= 0 || !send_all(fd, chunk, received)) return;
  }
}

static void *serve(void *argument) {
  int fd = (int)(intptr_t)argument;
  char *chunk = calloc(1, CHUNK_BYTES), header[HEADER_BYTES];
  uint64_t length;
  if (recv(fd, header, sizeof header, MSG_WAITALL) == sizeof header) {
    memcpy(&length, header + 1, sizeof length);
    if (header[0] == 'd') swallow(fd, chunk, length);
    else if (header[0] == 'u') flood(fd, chunk, length);
    else echo(fd, chunk);
  }
  close(fd);
  free(chunk);
  return NULL;
}

int main(void) {
  int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  signal(SIGPIPE, SIG_IGN);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) return 1;
  if (listen(listener, 128) < 0) return 1;
  getsockname(listener, (struct sockaddr *)&address, &length);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    pthread_t thread;
    if (fd < 0) continue;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd);
    pthread_detach(thread);
  }
}
