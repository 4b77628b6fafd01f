/*
 * delay relays TCP to another port and holds every byte back: delay PORT MILLISECONDS BYTES.
 * At most BYTES are under way in each direction, as on a path with a bounded queue.
 * Prints the port that it listens on.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PIECE_BYTES = 16 * 1024 };

typedef struct {
  struct timespec due;
  ssize_t length; /* 0: the end */
  char bytes[PIECE_BYTES];
} Piece;

typedef struct {
  int from, to;
  Piece *ring;
  unsigned head, tail;
  pthread_mutex_t lock;
  pthread_cond_t changed;
} Direction;

static int target_port, delay_ms;
static unsigned capacity;

static Piece *wait_for(Direction *direction, int to_write) {
  pthread_mutex_lock(&direction->lock);
  while (to_write ? direction->tail - direction->head == capacity
                  : direction->tail == direction->head)
    pthread_cond_wait(&direction->changed, &direction->lock);
  Piece *piece = &direction->ring[(to_write ? direction->tail : direction->head) % capacity];
  pthread_mutex_unlock(&direction->lock);
  return piece;
}

static void advance(Direction *direction, unsigned *index) {
  pthread_mutex_lock(&direction->lock);
  *index += 1;
  pthread_cond_signal(&direction->changed);
  pthread_mutex_unlock(&direction->lock);
}

static void *take_in(void *argument) {
  Direction *direction = argument;
  for (;;) {
    Piece *piece = wait_for(direction, 1);
    piece->length = read(direction->from, piece->bytes, PIECE_BYTES);
    if (piece->length < 0) piece->length = 0;
    int is_end = piece->length == 0;
    clock_gettime(CLOCK_MONOTONIC, &piece->due);
    long nanoseconds = piece->due.tv_nsec + delay_ms * 1000000L;
    piece->due.tv_sec += nanoseconds / 1000000000L;
    piece->due.tv_nsec = nanoseconds % 1000000000L;
    advance(direction, &direction->tail);
    if (is_end) return NULL;
  }
}

static void *give_out(void *argument) {
  Direction *direction = argument;
  for (;;) {
    Piece *piece = wait_for(direction, 0);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &piece->due, NULL);
    if (piece->length == 0) break;
    for (ssize_t done = 0; done < piece->length;) {
      ssize_t sent = write(direction->to, piece->bytes + done, piece->length - done);
      if (sent <= 0) break;
      done += sent;
    }
    advance(direction, &direction->head);
  }
  shutdown(direction->to, SHUT_WR);
  return NULL;
}

static void start(int from, int to) {
  int on = 1;
  pthread_t thread;
  Direction *direction = calloc(1, sizeof *direction);
  *direction = (Direction){.from = from, .to = to, .ring = calloc(capacity, sizeof(Piece))};
  pthread_mutex_init(&direction->lock, NULL);
  pthread_cond_init(&direction->changed, NULL);
  setsockopt(from, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  pthread_create(&thread, NULL, take_in, direction);
  pthread_create(&thread, NULL, give_out, direction);
}

int main(int argc, char **argv) {
  if (argc != 4) return 64;
  target_port = atoi(argv[1]);
  delay_ms = atoi(argv[2]);
  capacity = atoi(argv[3]) / PIECE_BYTES;
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) return 1;
  if (listen(listener, 128) < 0) return 1;
  getsockname(listener, (struct sockaddr *)&address, &length);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  address.sin_port = htons(target_port);
  for (;;) {
    int near = accept(listener, NULL, NULL), far = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(far, (struct sockaddr *)&address, sizeof address) < 0) {
      close(near);
      close(far);
      continue;
    }
    start(near, far);
    start(far, near);
  }
}
