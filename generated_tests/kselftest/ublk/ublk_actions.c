// SPDX-License-Identifier: GPL-2.0
/*
 * What a test of ublk does and sees.
 *
 * The test process has no ring, and opens no device: whoever does may be kept by the kernel. There
 * are child processes for the servers (a thread and a ring for each queue), for whoever holds a
 * server's ring, for each control command, for the reads, and for looking at the device. What they
 * have to tell is in shared memory; what they have to do comes over pipes.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/ublk_cmd.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ublk_actions.h"

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd		438
#endif
#ifndef SYS_close_range
#define SYS_close_range		436
#endif

#define NR_GET_QUEUE_AFFINITY	0x01
#define NR_GET_DEV_INFO		0x02
#define NR_ADD_DEV		0x04
#define NR_DEL_DEV		0x05
#define NR_START_DEV		0x06
#define NR_STOP_DEV		0x07
#define NR_SET_PARAMS		0x08
#define NR_START_USER_RECOVERY	0x10
#define NR_END_USER_RECOVERY	0x11
#define NR_GET_FEATURES		0x13
#define NR_FETCH_REQ		0x20
#define NR_COMMIT_AND_FETCH_REQ	0x21

#define STATE_DEAD		0
#define STATE_LIVE		1
#define STATE_QUIESCED		2

#define CONTROL			"/dev/ublk-control"
#define ENTRIES			16	/* of a ring */
#define MAX_IO			65536

/* Bounds, in milliseconds. A test that waits for nothing never meets them. */
#define STEP_MS			500	/* a child does what it was told */
#define SETUP_MS		3000	/* a control command that is part of the set-up */
#define END_MS			60000	/* STOP_DEV or DEL_DEV at the end; blk-mq waits 30 s */
#define POLL_US			200

struct ring {
	int fd;
	size_t size;
	size_t sqes_size;
	unsigned int sqe_size;
	void *map;
	unsigned char *sqes;
	unsigned int *sq_tail, *sq_mask, *sq_array;
	unsigned int *cq_head, *cq_tail, *cq_mask;
	struct io_uring_cqe *cqes;
};

enum what { FETCH, COMMIT, CLOSE_RING, READ, PROBE };

struct order {
	int what;
	int q;
	int tag;
	unsigned int turn;
};

/* Written by the children, but for what is reset before they start. */
struct ublk_shared {
	struct {
		int opened;		/* -1: not yet; an errno */
		int answer;
		int ring[UBLK_MAX_QUEUES];
		unsigned int done[UBLK_MAX_QUEUES];
		int command[UBLK_MAX_QUEUES][UBLK_MAX_TAGS];
		int broken;		/* an errno of what should not fail */
	} server[UBLK_MAX_SERVERS];
	struct {
		int ready;
		int held;		/* -1: not yet; an errno */
	} holder[UBLK_MAX_SERVERS];
	struct {
		int ready;
		int over;
		int result;
	} control[UBLK_COMMANDS];
	struct {
		unsigned int done;
		int read[UBLK_MAX_QUEUES][UBLK_MAX_TAGS];
	} reader;
	struct {
		unsigned int done;
		int result;
		unsigned int op;
		unsigned int len;
		unsigned long data;
		unsigned char buffer[1024];
	} prober;
};

static void failed(struct ublk_test *t, const char *format, ...)
{
	va_list args;

	if (t->error[0])
		return;
	va_start(args, format);
	vsnprintf(t->error, sizeof(t->error), format, args);
	va_end(args);
}

void ublk_sleep_ms(unsigned int ms)
{
	usleep(ms * 1000);
}

static int answer_of(int result)
{
	switch (result) {
	case 0:
		return UBLK_ANSWER_OK;
	case -EBUSY:
		return UBLK_ANSWER_EBUSY;
	case -EINVAL:
		return UBLK_ANSWER_EINVAL;
	case -EEXIST:
		return UBLK_ANSWER_EEXIST;
	case -ENODEV:
		return UBLK_ANSWER_ENODEV;
	default:
		return UBLK_ANSWER_OTHER;
	}
}

/* Rings. */

static int ring_open(struct ring *r, unsigned int flags)
{
	struct io_uring_params p = { .flags = flags };
	size_t sq_size, cq_size;
	unsigned char *map;

	memset(r, 0, sizeof(*r));
	r->fd = syscall(SYS_io_uring_setup, ENTRIES, &p);
	if (r->fd < 0)
		return -errno;
	if (!(p.features & IORING_FEAT_SINGLE_MMAP)) {
		close(r->fd);
		return -EOPNOTSUPP;
	}
	sq_size = p.sq_off.array + p.sq_entries * sizeof(unsigned int);
	cq_size = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	r->size = sq_size > cq_size ? sq_size : cq_size;
	r->sqe_size = flags & IORING_SETUP_SQE128 ? 128 : 64;
	r->sqes_size = p.sq_entries * r->sqe_size;
	map = mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd,
		   IORING_OFF_SQ_RING);
	r->sqes = mmap(NULL, r->sqes_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd,
		       IORING_OFF_SQES);
	if (map == MAP_FAILED || r->sqes == MAP_FAILED) {
		close(r->fd);
		return -ENOMEM;
	}
	r->map = map;
	r->sq_tail = (unsigned int *)(map + p.sq_off.tail);
	r->sq_mask = (unsigned int *)(map + p.sq_off.ring_mask);
	r->sq_array = (unsigned int *)(map + p.sq_off.array);
	r->cq_head = (unsigned int *)(map + p.cq_off.head);
	r->cq_tail = (unsigned int *)(map + p.cq_off.tail);
	r->cq_mask = (unsigned int *)(map + p.cq_off.ring_mask);
	r->cqes = (struct io_uring_cqe *)(map + p.cq_off.cqes);
	return 0;
}

static void ring_close(struct ring *r)
{
	munmap(r->map, r->size);
	munmap(r->sqes, r->sqes_size);
	close(r->fd);
	r->fd = -1;
}

static struct io_uring_sqe *ring_next(struct ring *r)
{
	unsigned int i = *r->sq_tail & *r->sq_mask;
	struct io_uring_sqe *sqe = (struct io_uring_sqe *)(r->sqes + i * r->sqe_size);

	memset(sqe, 0, r->sqe_size);
	r->sq_array[i] = i;
	return sqe;
}

static int ring_submit(struct ring *r, unsigned int wait)
{
	unsigned int submit = 1;
	int n;

	__atomic_store_n(r->sq_tail, *r->sq_tail + 1, __ATOMIC_RELEASE);
	for (;;) {
		n = syscall(SYS_io_uring_enter, r->fd, submit, wait,
			    wait ? IORING_ENTER_GETEVENTS : 0, NULL, 0);
		if (n >= 0 && !submit)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			submit = 0;
		if (!wait && !submit)
			return 0;
		if (wait && *r->cq_head != __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE))
			return 0;
	}
}

static bool ring_reap(struct ring *r, __u64 *user, int *result)
{
	unsigned int head = *r->cq_head;
	struct io_uring_cqe *cqe;

	if (head == __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE))
		return false;
	cqe = &r->cqes[head & *r->cq_mask];
	*user = cqe->user_data;
	*result = cqe->res;
	__atomic_store_n(r->cq_head, head + 1, __ATOMIC_RELEASE);
	return true;
}

/* Commands: plain numbers, or encoded as ioctl numbers are. */

static unsigned int control_op(bool encoded, unsigned int nr)
{
	if (!encoded)
		return nr;
	if (nr < NR_ADD_DEV || nr == NR_GET_FEATURES)
		return _IOR('u', nr, struct ublksrv_ctrl_cmd);
	return _IOWR('u', nr, struct ublksrv_ctrl_cmd);
}

static unsigned int io_op(bool encoded, unsigned int nr)
{
	return encoded ? _IOWR('u', nr, struct ublksrv_io_cmd) : nr;
}

/* Called by children only: it may wait for ever. */
static int control(unsigned int op, int id, void *buffer, unsigned int len, unsigned long data,
		   int *ready)
{
	struct ublksrv_ctrl_cmd *cmd;
	struct io_uring_sqe *sqe;
	struct ring ring;
	int fd, result;
	__u64 user;

	fd = open(CONTROL, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	result = ring_open(&ring, IORING_SETUP_SQE128);
	if (result) {
		close(fd);
		return result;
	}
	sqe = ring_next(&ring);
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = fd;
	sqe->off = op;
	cmd = (struct ublksrv_ctrl_cmd *)((unsigned char *)sqe + 48);
	cmd->dev_id = id;
	cmd->queue_id = -1;
	cmd->addr = (uintptr_t)buffer;
	cmd->len = len;
	cmd->data[0] = data;
	if (ready)
		*ready = 1;
	result = ring_submit(&ring, 1);
	if (!result)
		ring_reap(&ring, &user, &result);
	ring_close(&ring);
	close(fd);
	return result;
}

/* Children. */

/* Makes pipe i descriptor 3 + i, and closes all others. */
static void child_begin(pid_t parent, const int *pipes, int n)
{
	int i, high[UBLK_MAX_QUEUES];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	for (i = 0; i < n; i++)
		high[i] = fcntl(pipes[i], F_DUPFD, 64);
	for (i = 0; i < n; i++)
		dup2(high[i], 3 + i);
	if (syscall(SYS_close_range, 3 + n, ~0U, 0)) {
		for (i = 3 + n; i < 1024; i++)
			close(i);
	}
}

static bool child_start(struct ublk_test *t, struct ublk_child *c, int pipes,
			void (*run)(struct ublk_test *t, int arg), int arg)
{
	int i, ends[UBLK_MAX_QUEUES][2], in[UBLK_MAX_QUEUES];
	pid_t parent = getpid();

	memset(c, 0, sizeof(*c));
	for (i = 0; i < pipes; i++) {
		if (pipe2(ends[i], O_CLOEXEC)) {
			failed(t, "pipe: %s", strerror(errno));
			while (i--) {
				close(ends[i][0]);
				close(ends[i][1]);
			}
			return false;
		}
		in[i] = ends[i][0];
	}
	c->pid = fork();
	if (!c->pid) {
		child_begin(parent, in, pipes);
		run(t, arg);
		_exit(0);
	}
	for (i = 0; i < pipes; i++) {
		close(ends[i][0]);
		c->pipe[i] = ends[i][1];
	}
	c->pipes = pipes;
	if (c->pid < 0) {
		failed(t, "fork: %s", strerror(errno));
		c->pid = 0;
	}
	return c->pid;
}

static void child_over(struct ublk_child *c)
{
	while (c->pipes)
		close(c->pipe[--c->pipes]);
	c->pid = 0;
}

/* Whether it has ended. */
static bool child_ended(struct ublk_child *c)
{
	int status;

	if (c->pid && waitpid(c->pid, &status, WNOHANG) != 0)
		child_over(c);
	return !c->pid;
}

static bool child_end(struct ublk_child *c, unsigned int ms)
{
	unsigned int us;

	if (!c->pid)
		return true;
	kill(c->pid, SIGKILL);
	for (us = 0; us < ms * 1000; us += POLL_US) {
		if (child_ended(c))
			return true;
		usleep(POLL_US);
	}
	return child_ended(c);
}

static bool child_tell(struct ublk_child *c, int thread, int what, int q, int tag)
{
	struct order order = { .what = what, .q = q, .tag = tag };

	if (!c->pid || thread >= c->pipes)
		return false;
	order.turn = ++c->told[thread];
	return write(c->pipe[thread], &order, sizeof(order)) == sizeof(order);
}

/* Waits until *value is as wanted, but not for ever. */
static bool becomes(unsigned int *value, unsigned int wanted, unsigned int ms)
{
	unsigned int us;

	for (us = 0; us < ms * 1000; us += POLL_US) {
		if (__atomic_load_n(value, __ATOMIC_ACQUIRE) == wanted)
			return true;
		usleep(POLL_US);
	}
	return false;
}

/* Waits until *value is not negative, but not for ever. */
static bool known(int *value, unsigned int ms)
{
	unsigned int us;

	for (us = 0; us < ms * 1000; us += POLL_US) {
		if (__atomic_load_n(value, __ATOMIC_ACQUIRE) >= 0)
			return true;
		usleep(POLL_US);
	}
	return false;
}

/* The server. */

struct queue {
	struct ublk_test *t;
	int g;
	int q;
	int fd;				/* of /dev/ublkcN */
	struct ring ring;
	__u64 last[UBLK_MAX_TAGS];	/* the command that the slot has */
	unsigned char *buffer;
};

static void server_sees(struct queue *s, __u64 user, int result)
{
	int tag = user & 0xff;
	int *command = &s->t->shared->server[s->g].command[s->q][tag];

	if (user != s->last[tag])
		return;
	if (result == UBLK_IO_RES_OK)
		*command = UBLK_IOUCMD_DELIVERED;
	else if (result == UBLK_IO_RES_ABORT)
		*command = UBLK_IOUCMD_ABORTED;
	else
		*command = UBLK_IOUCMD_OTHER;
}

/*
 * Sends a command. The driver may keep us for a while; what it refuses, it has refused on return.
 * The driver accepts before it waits, so that the command looks accepted in the meantime.
 */
static void server_sends(struct queue *s, const struct order *order)
{
	struct ublk_shared *shared = s->t->shared;
	int *command = &shared->server[s->g].command[s->q][order->tag];
	unsigned int nr = order->what == FETCH ? NR_FETCH_REQ : NR_COMMIT_AND_FETCH_REQ;
	__u64 user = (__u64)order->turn << 8 | order->tag, seen;
	struct io_uring_sqe *sqe = ring_next(&s->ring);
	struct ublksrv_io_cmd *cmd;
	__u64 last = s->last[order->tag];
	int was = *command, result, answer = UBLK_ANSWER_NONE;

	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = s->fd;
	sqe->off = io_op(s->t->encoded, nr);
	sqe->user_data = user;
	cmd = (struct ublksrv_io_cmd *)((unsigned char *)sqe + 48);
	cmd->q_id = s->q;
	cmd->tag = order->tag;
	cmd->addr = (uintptr_t)(s->buffer + order->tag * MAX_IO);
	cmd->result = s->t->page;
	s->last[order->tag] = user;
	*command = UBLK_IOUCMD_HELD;
	shared->server[s->g].answer = UBLK_ANSWER_NONE;
	result = ring_submit(&s->ring, 0);
	if (result) {
		shared->server[s->g].broken = -result;
		return;
	}
	while (ring_reap(&s->ring, &seen, &result)) {
		if (seen == user && result < 0 && result != UBLK_IO_RES_ABORT) {
			s->last[order->tag] = last;
			*command = was;
			answer = answer_of(result);
		} else {
			server_sees(s, seen, result);
		}
	}
	shared->server[s->g].answer = answer;
}

static void *queue_run(void *arg)
{
	struct queue *s = arg;
	struct ublk_shared *shared = s->t->shared;
	struct pollfd fds[2];
	struct order order;
	__u64 user;
	int result;

	result = ring_open(&s->ring, 0);
	if (result) {
		shared->server[s->g].broken = -result;
		shared->server[s->g].opened = -result;
		_exit(1);
	}
	shared->server[s->g].ring[s->q] = s->ring.fd;
	__atomic_store_n(&shared->server[s->g].done[s->q], 0, __ATOMIC_RELEASE);
	for (;;) {
		fds[0] = (struct pollfd){ .fd = 3 + s->q, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = s->ring.fd, .events = POLLIN };
		if (poll(fds, 2, -1) < 0)
			continue;
		if (s->ring.fd >= 0) {
			while (ring_reap(&s->ring, &user, &result))
				server_sees(s, user, result);
		}
		if (!(fds[0].revents & (POLLIN | POLLHUP)))
			continue;
		if (read(fds[0].fd, &order, sizeof(order)) != sizeof(order))
			_exit(0);
		if (order.what == CLOSE_RING)
			ring_close(&s->ring);
		else if (s->ring.fd >= 0)
			server_sends(s, &order);
		__atomic_store_n(&shared->server[s->g].done[s->q], order.turn, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* Without this privilege the driver does not scan for partitions, which would be reads. */
static void drop_privilege(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return;
	data[0].effective &= ~(1U << CAP_SYS_ADMIN);
	data[0].permitted &= ~(1U << CAP_SYS_ADMIN);
	data[0].inheritable &= ~(1U << CAP_SYS_ADMIN);
	syscall(SYS_capset, &header, data);
}

static void server_run(struct ublk_test *t, int g)
{
	static struct queue queues[UBLK_MAX_QUEUES];
	struct ublk_shared *shared = t->shared;
	unsigned char *buffer;
	pthread_t thread;
	char path[32];
	int fd, q;

	snprintf(path, sizeof(path), "/dev/ublkc%d", t->id);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		__atomic_store_n(&shared->server[g].opened, errno, __ATOMIC_RELEASE);
		_exit(0);
	}
	drop_privilege();
	for (q = 0; q < t->options.queues; q++) {
		buffer = mmap(NULL, MAX_IO * UBLK_MAX_TAGS, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (buffer == MAP_FAILED)
			_exit(1);
		memset(buffer, g ? 'b' : 'a', MAX_IO * UBLK_MAX_TAGS);
		queues[q] = (struct queue){ .t = t, .g = g, .q = q, .fd = fd, .buffer = buffer };
		if (q && pthread_create(&thread, NULL, queue_run, &queues[q]))
			_exit(1);
	}
	__atomic_store_n(&shared->server[g].opened, 0, __ATOMIC_RELEASE);
	queue_run(&queues[0]);
}

static void server_look(struct ublk_test *t, int g)
{
	struct ublk_child *c = &t->server[g];
	int status;
	pid_t pid;

	while (c->pid) {
		pid = waitpid(c->pid, &status, WNOHANG | WUNTRACED | WCONTINUED);
		if (!pid)
			return;
		if (pid < 0 || WIFEXITED(status) || WIFSIGNALED(status)) {
			if (t->thread[g] != UBLK_THREAD_EXITING)
				failed(t, "server %c ended by itself", 'a' + g);
			t->thread[g] = UBLK_THREAD_CLOSED;
			child_over(c);
		} else if (t->thread[g] == UBLK_THREAD_EXITING) {
			continue;
		} else if (WIFSTOPPED(status)) {
			t->thread[g] = UBLK_THREAD_PAUSED;
		} else if (WIFCONTINUED(status)) {
			t->thread[g] = UBLK_THREAD_ALIVE;
		}
	}
}

static void server_becomes(struct ublk_test *t, int g, int thread, unsigned int ms)
{
	unsigned int us;

	for (us = 0; us < ms * 1000; us += POLL_US) {
		server_look(t, g);
		if (t->thread[g] == thread)
			return;
		usleep(POLL_US);
	}
}

void ublk_open(struct ublk_test *t, int g)
{
	struct ublk_shared *shared = t->shared;
	struct ublk_child c;
	int q, tag;

	server_look(t, g);
	if (t->server[g].pid) {
		failed(t, "server %c is not over", 'a' + g);
		return;
	}
	memset(&shared->server[g], 0, sizeof(shared->server[g]));
	for (q = 0; q < UBLK_MAX_QUEUES; q++) {
		shared->server[g].ring[q] = -1;
		shared->server[g].done[q] = q < t->options.queues ? ~0U : 0;
		for (tag = 0; tag < UBLK_MAX_TAGS; tag++)
			shared->server[g].command[q][tag] = UBLK_IOUCMD_UNSENT;
	}
	shared->server[g].opened = -1;
	if (!child_start(t, &c, t->options.queues, server_run, g))
		return;
	if (!known(&shared->server[g].opened, STEP_MS)) {
		failed(t, "server %c does not start", 'a' + g);
		child_end(&c, STEP_MS);
		t->opened = UBLK_ANSWER_OTHER;
		return;
	}
	t->opened = answer_of(-shared->server[g].opened);
	if (t->opened != UBLK_ANSWER_OK) {
		child_end(&c, STEP_MS);
		return;
	}
	t->server[g] = c;
	t->pid = c.pid;
	t->thread[g] = UBLK_THREAD_ALIVE;
	t->ringless[g] = false;
	for (q = 0; q < t->options.queues; q++) {
		if (!becomes(&shared->server[g].done[q], 0, STEP_MS))
			failed(t, "queue %d of server %c does not start", q, 'a' + g);
	}
}

static void server_tell(struct ublk_test *t, int g, int q, int tag, int what)
{
	struct ublk_child *c = &t->server[g];

	if (!child_tell(c, q, what, q, tag)) {
		failed(t, "server %c cannot be told", 'a' + g);
		return;
	}
	/* Who is kept in the driver has sent its command all the same. */
	becomes(&t->shared->server[g].done[q], c->told[q], STEP_MS);
	if (t->shared->server[g].broken)
		failed(t, "server %c: %s", 'a' + g, strerror(t->shared->server[g].broken));
}

void ublk_fetch(struct ublk_test *t, int g, int q, int tag)
{
	server_tell(t, g, q, tag, FETCH);
}

void ublk_commit(struct ublk_test *t, int g, int q, int tag)
{
	server_tell(t, g, q, tag, COMMIT);
}

void ublk_kill(struct ublk_test *t, int g)
{
	server_look(t, g);
	if (!t->server[g].pid)
		return;
	t->thread[g] = UBLK_THREAD_EXITING;
	kill(t->server[g].pid, SIGKILL);
	server_becomes(t, g, UBLK_THREAD_CLOSED, STEP_MS);
}

void ublk_pause(struct ublk_test *t, int g)
{
	if (!t->server[g].pid)
		return;
	kill(t->server[g].pid, SIGSTOP);
	server_becomes(t, g, UBLK_THREAD_PAUSED, STEP_MS);
}

void ublk_resume(struct ublk_test *t, int g)
{
	if (!t->server[g].pid)
		return;
	kill(t->server[g].pid, SIGCONT);
	server_becomes(t, g, UBLK_THREAD_ALIVE, STEP_MS);
}

/* Whoever holds a server's ring is a process of its own, since the last close may wait. */
static void holder_run(struct ublk_test *t, int g)
{
	struct ublk_shared *shared = t->shared;
	int pidfd, q, err = 0;

	pidfd = syscall(SYS_pidfd_open, t->server[g].pid, 0);
	if (pidfd < 0)
		err = errno;
	for (q = 0; !err && q < t->options.queues; q++) {
		if (syscall(SYS_pidfd_getfd, pidfd, shared->server[g].ring[q], 0) < 0)
			err = errno;
	}
	close(pidfd);
	__atomic_store_n(&shared->holder[g].held, err, __ATOMIC_RELEASE);
	while (!err)
		pause();
}

void ublk_hold_ring(struct ublk_test *t, int g)
{
	struct ublk_shared *shared = t->shared;
	int q;

	if (t->held[g] || !t->server[g].pid)
		return;
	shared->holder[g].held = -1;
	if (!child_start(t, &t->holder[g], 0, holder_run, g))
		return;
	if (!known(&shared->holder[g].held, STEP_MS) || shared->holder[g].held) {
		failed(t, "the ring of server %c cannot be had: %s", 'a' + g,
		       strerror(shared->holder[g].held));
		child_end(&t->holder[g], STEP_MS);
		return;
	}
	t->held[g] = true;
	t->ringless[g] = true;
	for (q = 0; q < t->options.queues; q++)
		server_tell(t, g, q, 0, CLOSE_RING);
}

void ublk_drop_ring(struct ublk_test *t, int g)
{
	if (!t->held[g])
		return;
	t->held[g] = false;
	child_end(&t->holder[g], STEP_MS);
}

/* Reads. */

static void reader_sends(struct ublk_test *t, struct ring *ring, const struct order *order,
			 unsigned char *buffer)
{
	int *state = &t->shared->reader.read[order->q][order->tag];
	int slot = order->q * UBLK_MAX_TAGS + order->tag, fd;
	struct io_uring_sqe *sqe;
	char path[32];
	cpu_set_t set;

	if (t->options.queues > 1) {
		CPU_ZERO(&set);
		CPU_SET(t->cpu[order->q], &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	snprintf(path, sizeof(path), "/dev/ublkb%d", t->id);
	fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0) {
		*state = UBLK_READ_FAILED;
		return;
	}
	memset(buffer + slot * t->page, 0, t->page);
	sqe = ring_next(ring);
	sqe->opcode = IORING_OP_READ;
	sqe->fd = fd;
	sqe->addr = (uintptr_t)(buffer + slot * t->page);
	sqe->len = t->page;
	/* No two are neighbours, so that none are merged. */
	sqe->off = (__u64)slot * 4 * t->page;
	sqe->user_data = order->q << 8 | order->tag;
	if (ring_submit(ring, 0))
		*state = UBLK_READ_OTHER;
	/* An open disk would outlive DEL_DEV; a read has the file until it ends. */
	close(fd);
}

static int read_of(const struct ublk_test *t, const unsigned char *data, int result)
{
	int i;

	if (result < 0)
		return UBLK_READ_FAILED;
	if (result != t->page)
		return UBLK_READ_OTHER;
	for (i = 1; i < t->page; i++) {
		if (data[i] != data[0])
			return UBLK_READ_OTHER;
	}
	if (data[0] == 'a')
		return UBLK_READ_FROM_A;
	return data[0] == 'b' ? UBLK_READ_FROM_B : UBLK_READ_OTHER;
}

static void reader_run(struct ublk_test *t, int arg)
{
	struct ublk_shared *shared = t->shared;
	struct pollfd fds[2];
	unsigned char *buffer;
	struct order order;
	struct ring ring;
	int result, q, tag;
	__u64 user;

	(void)arg;
	buffer = mmap(NULL, t->page * UBLK_MAX_QUEUES * UBLK_MAX_TAGS, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED || ring_open(&ring, 0))
		_exit(1);
	for (;;) {
		fds[0] = (struct pollfd){ .fd = 3, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = ring.fd, .events = POLLIN };
		if (poll(fds, 2, -1) < 0)
			continue;
		while (ring_reap(&ring, &user, &result)) {
			q = user >> 8;
			tag = user & 0xff;
			shared->reader.read[q][tag] =
				read_of(t, buffer + (q * UBLK_MAX_TAGS + tag) * t->page, result);
		}
		if (!(fds[0].revents & (POLLIN | POLLHUP)))
			continue;
		if (read(3, &order, sizeof(order)) != sizeof(order))
			_exit(0);
		reader_sends(t, &ring, &order, buffer);
		__atomic_store_n(&shared->reader.done, order.turn, __ATOMIC_RELEASE);
	}
}

void ublk_read(struct ublk_test *t, int q, int tag)
{
	if (!t->reader.pid && !child_start(t, &t->reader, 1, reader_run, 0))
		return;
	t->shared->reader.read[q][tag] = UBLK_READ_WAITING;
	if (!child_tell(&t->reader, 0, READ, q, tag))
		failed(t, "the reader cannot be told");
	becomes(&t->shared->reader.done, t->reader.told[0], STEP_MS);
}

/* Control commands, each from a process of its own. */

static const unsigned int control_nr[UBLK_COMMANDS] = {
	[UBLK_COMMAND_START] = NR_START_DEV,
	[UBLK_COMMAND_STOP] = NR_STOP_DEV,
	[UBLK_COMMAND_DEL] = NR_DEL_DEV,
	[UBLK_COMMAND_RECOVER] = NR_START_USER_RECOVERY,
	[UBLK_COMMAND_END] = NR_END_USER_RECOVERY,
};

static void control_run(struct ublk_test *t, int c)
{
	struct ublk_shared *shared = t->shared;
	int result;

	result = control(control_op(t->encoded, control_nr[c]), t->id, NULL, 0,
			 t->pid > 0 ? t->pid : 1, &shared->control[c].ready);
	shared->control[c].result = result;
	__atomic_store_n(&shared->control[c].over, 1, __ATOMIC_RELEASE);
}

static int control_look(struct ublk_test *t, int c)
{
	if (!t->sent[c])
		return UBLK_ANSWER_NONE;
	if (!__atomic_load_n(&t->shared->control[c].over, __ATOMIC_ACQUIRE))
		return UBLK_ANSWER_WAITING;
	return answer_of(t->shared->control[c].result);
}

static void control_send(struct ublk_test *t, int c)
{
	unsigned int us;
	int d;

	for (d = 0; d < UBLK_COMMANDS; d++) {
		if (control_look(t, d) != UBLK_ANSWER_WAITING)
			t->sent[d] = 0;
	}
	if (t->sent[c]) {
		failed(t, "command %d has not returned", c);
		return;
	}
	/* It has reported; it ends. */
	child_end(&t->control[c], STEP_MS);
	memset(&t->shared->control[c], 0, sizeof(t->shared->control[c]));
	if (!child_start(t, &t->control[c], 0, control_run, c))
		return;
	t->sent[c] = 1;
	for (us = 0; us < STEP_MS * 1000; us += POLL_US) {
		if (t->shared->control[c].ready || t->shared->control[c].over)
			return;
		usleep(POLL_US);
	}
}

void ublk_start_dev(struct ublk_test *t)
{
	control_send(t, UBLK_COMMAND_START);
}

void ublk_stop_dev(struct ublk_test *t)
{
	control_send(t, UBLK_COMMAND_STOP);
}

void ublk_del_dev(struct ublk_test *t)
{
	control_send(t, UBLK_COMMAND_DEL);
}

void ublk_start_recovery(struct ublk_test *t)
{
	control_send(t, UBLK_COMMAND_RECOVER);
}

void ublk_end_recovery(struct ublk_test *t)
{
	control_send(t, UBLK_COMMAND_END);
}

/* What is asked and answered at once. */

static void prober_run(struct ublk_test *t, int arg)
{
	struct ublk_shared *shared = t->shared;
	struct order order;

	(void)arg;
	while (read(3, &order, sizeof(order)) == sizeof(order)) {
		shared->prober.result = control(shared->prober.op, order.q, shared->prober.buffer,
						shared->prober.len, shared->prober.data, NULL);
		__atomic_store_n(&shared->prober.done, order.turn, __ATOMIC_RELEASE);
	}
}

/* -ETIME: no answer. */
static int probe(struct ublk_test *t, unsigned int op, int id, unsigned int len, unsigned long data,
		 unsigned int ms)
{
	struct ublk_shared *shared = t->shared;

	if (!t->prober.pid)
		return -ETIME;
	/* Still at the last question. */
	if (!becomes(&shared->prober.done, t->prober.told[0], ms))
		return -ETIME;
	shared->prober.op = op;
	shared->prober.len = len;
	shared->prober.data = data;
	if (!child_tell(&t->prober, 0, PROBE, id, 0) ||
	    !becomes(&shared->prober.done, t->prober.told[0], ms))
		return -ETIME;
	return shared->prober.result;
}

static int device_look(struct ublk_test *t)
{
	struct ublksrv_ctrl_dev_info info;
	int result;

	if (t->id < 0)
		return UBLK_DEVICE_GONE;
	memset(t->shared->prober.buffer, 0, sizeof(info));
	result = probe(t, control_op(t->encoded, NR_GET_DEV_INFO), t->id, sizeof(info), 0, STEP_MS);
	if (result == -ENODEV)
		return UBLK_DEVICE_GONE;
	if (result)
		return UBLK_DEVICE_OTHER;
	memcpy(&info, t->shared->prober.buffer, sizeof(info));
	switch (info.state) {
	case STATE_DEAD:
		return UBLK_DEVICE_DEAD;
	case STATE_LIVE:
		return UBLK_DEVICE_LIVE;
	case STATE_QUIESCED:
		return UBLK_DEVICE_QUIESCED;
	default:
		return UBLK_DEVICE_OTHER;
	}
}

void ublk_observe(struct ublk_test *t, struct ublk_seen *seen)
{
	struct ublk_shared *shared = t->shared;
	int g, q, tag, c;
	bool alive;

	memset(seen, 0, sizeof(*seen));
	for (c = 0; c < UBLK_COMMANDS; c++) {
		seen->result[c] = control_look(t, c);
		if (seen->result[c] != UBLK_ANSWER_WAITING)
			child_ended(&t->control[c]);
	}
	seen->device = device_look(t);
	seen->opened = t->opened;
	for (g = 0; g < UBLK_MAX_SERVERS; g++) {
		server_look(t, g);
		seen->thread[g] = t->thread[g];
		alive = t->thread[g] == UBLK_THREAD_ALIVE && !t->ringless[g];
		seen->answer[g] = alive ? shared->server[g].answer : UBLK_ANSWER_NONE;
		for (q = 0; alive && q < t->options.queues; q++) {
			for (tag = 0; tag < t->options.depth; tag++)
				seen->command[g][q][tag] = shared->server[g].command[q][tag];
		}
	}
	for (q = 0; q < t->options.queues; q++) {
		for (tag = 0; tag < t->options.depth; tag++)
			seen->read[q][tag] = shared->reader.read[q][tag];
	}
}

/* The beginning and the end. */

static const char *fails(struct ublk_test *t, const char *format, int err)
{
	static char text[160];

	t->failed = true;
	snprintf(text, sizeof(text), format, strerror(err));
	return text;
}

static const char *add_device(struct ublk_test *t)
{
	const struct ublk_options *o = &t->options;
	struct ublk_shared *shared = t->shared;
	struct ublksrv_ctrl_dev_info info = {
		.nr_hw_queues = o->queues,
		.queue_depth = o->depth,
		.max_io_buf_bytes = MAX_IO,
		.dev_id = -1,
		.ublksrv_pid = getpid(),
	};
	__u64 flags = 0;
	int result;

	if (o->recovery)
		flags |= UBLK_F_USER_RECOVERY;
	if (o->reissue)
		flags |= UBLK_F_USER_RECOVERY_REISSUE;
	if (o->comp_in_task)
		flags |= UBLK_F_URING_CMD_COMP_IN_TASK;
	info.flags = flags;
	memcpy(shared->prober.buffer, &info, sizeof(info));
	result = probe(t, control_op(t->encoded, NR_ADD_DEV), -1, sizeof(info), 0, SETUP_MS);
	if (result == -EPERM || result == -EACCES)
		return "adding a ublk device needs CAP_SYS_ADMIN";
	if (result == -EOPNOTSUPP)
		return "the kernel has no io_uring commands, or none of ublk that we know";
	if (result == -ETIME)
		return fails(t, "ADD_DEV does not return%.0s: another DEL_DEV may hang", 0);
	if (result)
		return fails(t, "ADD_DEV: %s", -result);
	memcpy(&info, shared->prober.buffer, sizeof(info));
	t->id = info.dev_id;
	if ((info.flags & flags) != flags)
		return "the driver lacks a feature (recovery, reissue or comp_in_task)";
	if (!o->comp_in_task && (info.flags & UBLK_F_URING_CMD_COMP_IN_TASK))
		return "the driver delivers through io_uring only";
	if (info.nr_hw_queues != o->queues)
		return "there are fewer CPUs than queues";
	return NULL;
}

static const char *set_params(struct ublk_test *t)
{
	struct ublk_params params = {
		.len = sizeof(params),
		.types = UBLK_PARAM_TYPE_BASIC,
		.basic = {
			.logical_bs_shift = __builtin_ctz(t->page),
			.physical_bs_shift = __builtin_ctz(t->page),
			.io_opt_shift = __builtin_ctz(t->page),
			.io_min_shift = __builtin_ctz(t->page),
			.max_sectors = MAX_IO >> 9,
			.dev_sectors = 1 << 11,
		},
	};
	int result;

	memcpy(t->shared->prober.buffer, &params, sizeof(params));
	result = probe(t, control_op(t->encoded, NR_SET_PARAMS), t->id, sizeof(params), 0, SETUP_MS);
	return result ? fails(t, "SET_PARAMS: %s", -result) : NULL;
}

static const char *find_cpus(struct ublk_test *t)
{
	unsigned int len = 128, i;
	int q, result;

	for (q = 0; t->options.queues > 1 && q < t->options.queues; q++) {
		memset(t->shared->prober.buffer, 0, len);
		result = probe(t, control_op(t->encoded, NR_GET_QUEUE_AFFINITY), t->id, len, q,
			       SETUP_MS);
		if (result)
			return fails(t, "GET_QUEUE_AFFINITY: %s", -result);
		for (i = 0; i < len * 8; i++) {
			if (t->shared->prober.buffer[i / 8] & 1 << i % 8)
				break;
		}
		t->cpu[q] = i;
	}
	return NULL;
}

const char *ublk_setup(struct ublk_test *t, const struct ublk_options *options)
{
	const char *why;
	int result;

	memset(t, 0, sizeof(*t));
	t->id = -1;
	t->page = 4096;
	t->options = *options;
	signal(SIGPIPE, SIG_IGN);
	if (options->queues < 1 || options->queues > UBLK_MAX_QUEUES || options->depth < 1 ||
	    options->depth > UBLK_MAX_TAGS)
		return fails(t, "queues or depth out of range%.0s", 0);
	if (access(CONTROL, F_OK))
		return "there is no " CONTROL ": no ublk driver";
	if (access(CONTROL, R_OK | W_OK))
		return CONTROL " may not be opened";
	t->shared = mmap(NULL, sizeof(*t->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t->shared == MAP_FAILED) {
		t->shared = NULL;
		return fails(t, "mmap: %s", errno);
	}
	if (!child_start(t, &t->prober, 1, prober_run, 0))
		return fails(t, "the prober does not start%.0s", 0);
	result = probe(t, control_op(true, NR_GET_FEATURES), -1, 8, 0, SETUP_MS);
	if (result == -ENOSYS || result == -EPERM)
		return "io_uring is not there, or not allowed";
	t->encoded = !result;
	why = add_device(t);
	if (!why)
		why = set_params(t);
	if (!why)
		why = find_cpus(t);
	return why;
}

/* Sends STOP_DEV or DEL_DEV, and waits for the result, but not for ever. */
static int last_word(struct ublk_test *t, int c)
{
	unsigned int us;

	t->sent[c] = 0;
	memset(&t->shared->control[c], 0, sizeof(t->shared->control[c]));
	if (!child_start(t, &t->control[c], 0, control_run, c))
		return -ECHILD;
	for (us = 0; us < END_MS * 1000; us += 1000) {
		if (__atomic_load_n(&t->shared->control[c].over, __ATOMIC_ACQUIRE))
			return t->shared->control[c].result;
		usleep(1000);
	}
	return -ETIME;
}

const char *ublk_teardown(struct ublk_test *t)
{
	const char *why = NULL;
	bool stuck = false;
	int i, result;

	if (!t->shared)
		return NULL;
	for (i = 0; i < UBLK_MAX_SERVERS; i++) {
		t->thread[i] = UBLK_THREAD_EXITING;
		if (!child_end(&t->server[i], STEP_MS))
			why = "a server does not end";
		if (!child_end(&t->holder[i], STEP_MS))
			why = "the holder of a ring does not end";
	}
	/* START_DEV or END_USER_RECOVERY may wait for a server; the others may be on their way. */
	for (i = 0; i < UBLK_COMMANDS; i++) {
		if (!child_end(&t->control[i], STEP_MS))
			stuck = true;
	}
	if (t->id >= 0) {
		if (!t->control[UBLK_COMMAND_STOP].pid) {
			result = last_word(t, UBLK_COMMAND_STOP);
			if (result && result != -ENODEV)
				why = "STOP_DEV does not end, or fails";
		}
		child_end(&t->reader, STEP_MS);
		if (!t->control[UBLK_COMMAND_DEL].pid) {
			result = last_word(t, UBLK_COMMAND_DEL);
			if (result && result != -ENODEV)
				why = "DEL_DEV does not end, or fails";
		}
	}
	if (!child_end(&t->reader, STEP_MS))
		why = "the reader does not end";
	for (i = 0; i < UBLK_COMMANDS; i++) {
		if (!child_end(&t->control[i], stuck ? END_MS : STEP_MS))
			why = "a control command does not end";
	}
	for (i = 0; i < UBLK_MAX_SERVERS; i++) {
		if (t->server[i].pid)
			child_end(&t->server[i], STEP_MS);
	}
	child_end(&t->prober, STEP_MS);
	munmap(t->shared, sizeof(*t->shared));
	t->shared = NULL;
	return why;
}
