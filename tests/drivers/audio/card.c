/* A sound card that is a clock: an ALSA PCM which runs dry and over as a kernel's card does.
 *
 * Its time is the monotonic clock since `epoch` (nanoseconds), off by `ppm`. What it captures are
 * the samples of the file `words` at that time, silence before and behind them. What it plays is
 * kept in the file `ear` at the place of the time at which it was heard, so that both files have
 * one time scale and a delay is a difference of places. Whoever reads too late gets -EPIPE as an
 * overrun, whoever writes too late as an underrun; what was missed is missed. S16_LE, mono.
 * The file `state` may say `frozen`: its clock stands still, or `gone`: it has been pulled out.
 */

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define AHEAD 65536 /* frames that may be written before the card is started */

struct card {
    snd_pcm_ioplug_t io;
    int file;
    int state;
    int64_t stood;      /* the card's time when it was last seen to go */
    int64_t epoch;      /* ns */
    double per_ns;      /* frames */
    int running;
    int64_t base;       /* the card's time at its start, in frames */
    int64_t passed;     /* frames that were read or written since it was prepared */
    int16_t early[AHEAD];
};

static char state(const struct card *card)
{
    char first = 0;
    return pread(card->state, &first, 1, 0) < 0 ? 0 : first;
}

static int64_t now_in_frames(struct card *card)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!state(card))
        card->stood = (int64_t)((double)(now.tv_sec * SECOND + now.tv_nsec - card->epoch) * card->per_ns);
    return card->stood;
}

static void keep(struct card *card, const int16_t *samples, int64_t at, int64_t count)
{
    if (at >= 0 && pwrite(card->file, samples, count * 2, at * 2) < 0)
        SNDERR("what was heard cannot be kept");
}

static int start(snd_pcm_ioplug_t *io)
{
    struct card *card = io->private_data;
    int64_t period = (int64_t)((double)io->period_size / card->per_ns);
    struct itimerspec turns = {
        .it_interval = {period / SECOND, period % SECOND},
        .it_value = {period / SECOND, period % SECOND + 1000},
    };
    card->base = now_in_frames(card);
    card->running = 1;
    if (io->stream == SND_PCM_STREAM_PLAYBACK)
        keep(card, card->early, card->base, card->passed);
    return timerfd_settime(io->poll_fd, 0, &turns, NULL) < 0 ? -errno : 0;
}

static int stop(snd_pcm_ioplug_t *io)
{
    struct card *card = io->private_data;
    struct itimerspec never = {{0, 0}, {0, 0}};
    card->running = 0;
    return timerfd_settime(io->poll_fd, 0, &never, NULL) < 0 ? -errno : 0;
}

static int prepare(snd_pcm_ioplug_t *io)
{
    ((struct card *)io->private_data)->passed = 0;
    return stop(io);
}

static snd_pcm_sframes_t pointer(snd_pcm_ioplug_t *io)
{
    struct card *card = io->private_data;
    uint64_t turns;
    int64_t at;
    if (!card->running)
        return 0;
    if (read(io->poll_fd, &turns, sizeof turns) < 0 && errno != EAGAIN)
        return -errno;
    at = now_in_frames(card) - card->base;
    if (state(card) == 'g')
        snd_pcm_ioplug_set_state(io, SND_PCM_STATE_DISCONNECTED);
    if (io->stream == SND_PCM_STREAM_CAPTURE ? at - card->passed > (int64_t)io->buffer_size
                                             : at > card->passed)
        return -EPIPE;
    return at;
}

static snd_pcm_sframes_t transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
                                  snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
    struct card *card = io->private_data;
    int16_t *samples = (int16_t *)((char *)areas->addr + (areas->first + areas->step * offset) / 8);
    int64_t at = card->base + card->passed;
    if (io->stream == SND_PCM_STREAM_CAPTURE) {
        ssize_t got = at < 0 ? 0 : pread(card->file, samples, size * 2, at * 2);
        got = got < 0 ? 0 : got;
        memset((char *)samples + got, 0, size * 2 - got);
    } else if (card->running) {
        keep(card, samples, at, size);
    } else if (card->passed + size <= AHEAD) {
        memcpy(card->early + card->passed, samples, size * 2);
    }
    card->passed += size;
    return size;
}

static int turned(snd_pcm_ioplug_t *io, struct pollfd *polled, unsigned int count,
                  unsigned short *events)
{
    short turn = count == 1 ? polled->revents & POLLIN : 0;
    *events = io->stream == SND_PCM_STREAM_PLAYBACK && turn ? POLLOUT : turn;
    return 0;
}

static int gone(snd_pcm_ioplug_t *io)
{
    struct card *card = io->private_data;
    close(card->file);
    close(card->state);
    close(io->poll_fd);
    free(card);
    return 0;
}

static const snd_pcm_ioplug_callback_t calls = {
    .start = start,
    .stop = stop,
    .prepare = prepare,
    .pointer = pointer,
    .transfer = transfer,
    .poll_revents = turned,
    .close = gone,
};

static int limit(snd_pcm_ioplug_t *io, unsigned int rate)
{
    static const unsigned int access[] = {SND_PCM_ACCESS_RW_INTERLEAVED};
    static const unsigned int format[] = {SND_PCM_FORMAT_S16_LE};
    int error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 1, access);
    if (error >= 0)
        error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, format);
    if (error >= 0)
        error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, 1, 1);
    if (error >= 0)
        error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, rate, rate);
    if (error >= 0)
        error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64, 65536);
    if (error >= 0)
        error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 128, 131072);
    return error;
}

SND_PCM_PLUGIN_DEFINE_FUNC(card)
{
    const char *words = NULL, *ear = NULL, *state_file = NULL, *epoch = "0";
    long rate = 8000, ppm = 0;
    snd_config_iterator_t each, next;
    struct card *card;
    int error;

    snd_config_for_each(each, next, conf) {
        snd_config_t *entry = snd_config_iterator_entry(each);
        const char *name;
        if (snd_config_get_id(entry, &name) < 0)
            continue;
        if (strcmp(name, "words") == 0)
            snd_config_get_string(entry, &words);
        else if (strcmp(name, "ear") == 0)
            snd_config_get_string(entry, &ear);
        else if (strcmp(name, "state") == 0)
            snd_config_get_string(entry, &state_file);
        else if (strcmp(name, "epoch") == 0)
            snd_config_get_string(entry, &epoch);
        else if (strcmp(name, "rate") == 0)
            snd_config_get_integer(entry, &rate);
        else if (strcmp(name, "ppm") == 0)
            snd_config_get_integer(entry, &ppm);
    }
    if (root == NULL || words == NULL || ear == NULL || state_file == NULL)
        return -EINVAL;
    card = calloc(1, sizeof *card);
    if (card == NULL)
        return -ENOMEM;
    card->epoch = strtoll(epoch, NULL, 10);
    card->per_ns = (double)rate * (1.0 + (double)ppm * 1e-6) / SECOND;
    card->file = stream == SND_PCM_STREAM_CAPTURE ? open(words, O_RDONLY | O_CLOEXEC)
                                                  : open(ear, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    card->state = open(state_file, O_RDONLY | O_CLOEXEC);
    if (card->file < 0 || card->state < 0) {
        error = -errno;
        free(card);
        return error;
    }
    card->io.version = SND_PCM_IOPLUG_VERSION;
    card->io.name = "A sound card that is a clock";
    card->io.flags = SND_PCM_IOPLUG_FLAG_BOUNDARY_WA;
    card->io.callback = &calls;
    card->io.private_data = card;
    card->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    card->io.poll_events = POLLIN;
    error = snd_pcm_ioplug_create(&card->io, name, stream, mode);
    if (error < 0) {
        gone(&card->io);
        return error;
    }
    error = limit(&card->io, (unsigned int)rate);
    if (error < 0) {
        snd_pcm_ioplug_delete(&card->io);
        return error;
    }
    *pcmp = card->io.pcm;
    return 0;
}

SND_PCM_PLUGIN_SYMBOL(card);
