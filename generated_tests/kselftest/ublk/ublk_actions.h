/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a test of ublk does and sees: a small server, a control library, and a reader.
 *
 * The names are those of the specification. Every action returns soon, whatever the kernel does:
 * all that may wait in the kernel is done by child processes, which report through shared memory.
 */
#ifndef UBLK_ACTIONS_H
#define UBLK_ACTIONS_H

#include <stdbool.h>
#include <sys/types.h>

#define UBLK_MAX_SERVERS	2
#define UBLK_MAX_QUEUES		2
#define UBLK_MAX_TAGS		4

enum ublk_server { UBLK_SERVER_A, UBLK_SERVER_B };

enum ublk_command {
	UBLK_COMMAND_START,
	UBLK_COMMAND_STOP,
	UBLK_COMMAND_DEL,
	UBLK_COMMAND_RECOVER,
	UBLK_COMMAND_END,
	UBLK_COMMANDS,
};

enum ublk_thread {
	UBLK_THREAD_ABSENT,
	UBLK_THREAD_ALIVE,
	UBLK_THREAD_PAUSED,
	UBLK_THREAD_EXITING,	/* killed, and waitpid() has not had it */
	UBLK_THREAD_CLOSED,
};

/* OTHER: a state, an errno or data that the specification has not. */
enum ublk_device {
	UBLK_DEVICE_ADDED,	/* never seen: it looks like DEAD */
	UBLK_DEVICE_LIVE,
	UBLK_DEVICE_QUIESCED,
	UBLK_DEVICE_DEAD,
	UBLK_DEVICE_GONE,
	UBLK_DEVICE_OTHER,
};

enum ublk_answer {
	UBLK_ANSWER_NONE,
	UBLK_ANSWER_WAITING,
	UBLK_ANSWER_OK,
	UBLK_ANSWER_EBUSY,
	UBLK_ANSWER_EINVAL,
	UBLK_ANSWER_EEXIST,
	UBLK_ANSWER_ENODEV,
	UBLK_ANSWER_OTHER,
};

enum ublk_read {
	UBLK_READ_NONE,
	UBLK_READ_WAITING,
	UBLK_READ_FROM_A,
	UBLK_READ_FROM_B,
	UBLK_READ_FAILED,
	UBLK_READ_OTHER,
};

enum ublk_ioucmd {
	UBLK_IOUCMD_UNSENT,
	UBLK_IOUCMD_HELD,
	UBLK_IOUCMD_DELIVERED,
	UBLK_IOUCMD_ABORTED,
	UBLK_IOUCMD_FREED,	/* never seen */
	UBLK_IOUCMD_OTHER,
};

struct ublk_options {
	int queues;
	int depth;
	bool recovery;		/* UBLK_F_USER_RECOVERY */
	bool reissue;		/* UBLK_F_USER_RECOVERY_REISSUE */
	bool comp_in_task;	/* UBLK_F_URING_CMD_COMP_IN_TASK */
};

struct ublk_seen {
	int device;
	int opened;
	int thread[UBLK_MAX_SERVERS];
	int command[UBLK_MAX_SERVERS][UBLK_MAX_QUEUES][UBLK_MAX_TAGS];
	int answer[UBLK_MAX_SERVERS];
	int result[UBLK_COMMANDS];
	int read[UBLK_MAX_QUEUES][UBLK_MAX_TAGS];
};

struct ublk_shared;

/* A child process that is told what to do over pipes, one for each of its threads. */
struct ublk_child {
	pid_t pid;		/* 0: none, or ended */
	int pipes;
	int pipe[UBLK_MAX_QUEUES];
	unsigned int told[UBLK_MAX_QUEUES];
};

struct ublk_test {
	struct ublk_options options;
	int id;			/* of /dev/ublkcN; -1: none */
	bool encoded;		/* ioctl-encoded commands */
	bool failed;		/* what ublk_setup() said is a failure, no reason to skip */
	int page;		/* bytes of a block */
	int cpu[UBLK_MAX_QUEUES];
	int opened;
	int device;
	int pid;		/* of the server that had the device last */
	int thread[UBLK_MAX_SERVERS];
	bool held[UBLK_MAX_SERVERS];
	bool ringless[UBLK_MAX_SERVERS];	/* gave its ring away */
	int sent[UBLK_COMMANDS];	/* 1: result is of interest */
	struct ublk_child server[UBLK_MAX_SERVERS];
	struct ublk_child holder[UBLK_MAX_SERVERS];
	struct ublk_child control[UBLK_COMMANDS];
	struct ublk_child reader;
	struct ublk_child prober;
	struct ublk_shared *shared;
	char error[160];	/* the first thing that the test itself could not do; "": none */
};

/* NULL, or why not: a reason to skip, or to fail if t->failed. Call ublk_teardown() in any case. */
const char *ublk_setup(struct ublk_test *t, const struct ublk_options *options);
/* NULL, or what could not be removed. */
const char *ublk_teardown(struct ublk_test *t);

void ublk_open(struct ublk_test *t, int g);
void ublk_fetch(struct ublk_test *t, int g, int q, int tag);
void ublk_commit(struct ublk_test *t, int g, int q, int tag);
void ublk_kill(struct ublk_test *t, int g);
void ublk_pause(struct ublk_test *t, int g);
void ublk_resume(struct ublk_test *t, int g);
void ublk_hold_ring(struct ublk_test *t, int g);
void ublk_drop_ring(struct ublk_test *t, int g);
void ublk_read(struct ublk_test *t, int q, int tag);
void ublk_start_dev(struct ublk_test *t);
void ublk_stop_dev(struct ublk_test *t);
void ublk_del_dev(struct ublk_test *t);
void ublk_start_recovery(struct ublk_test *t);
void ublk_end_recovery(struct ublk_test *t);

void ublk_observe(struct ublk_test *t, struct ublk_seen *seen);
/* Lets time pass. */
void ublk_sleep_ms(unsigned int ms);

#endif
