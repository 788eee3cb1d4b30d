"""The teacher of a run: checked, recorded by its digest, and measured before the first generation."""

from __future__ import annotations

from pathlib import Path

from neurosim_rl.optimizees import Configuration, Settings, create_optimizee


def with_teacher(settings: Settings) -> Settings:
    """Return the settings with the teacher's digest, and with observations standardised by those that it meets.

    Raises
    ------
    ConfigurationError, PluginError, RunFolderError
        When the teacher is missing, refused, or does not fit the task.
    """
    # Imported here, because it loads PyTorch: an optional extra, and slow to load.
    from neurosim_rl.gradient.taught_observations import check_fits, measured_by_teacher
    from neurosim_rl.gradient.teachers import open_teacher, teacher_path, teacher_sha256

    learning, student = settings.learning, create_optimizee(settings)
    teacher = open_teacher(learning.teacher, student)
    path = teacher_path(learning.teacher)
    if path is not None and not learning.teacher_sha256:
        learning = learning.replace(teacher_sha256=teacher_sha256(path))
    complete = settings.replace(learning=learning, normalisation=measured_by_teacher(teacher, student))
    check_fits(teacher, create_optimizee(complete))
    return complete


def find_teacher(config: Configuration) -> Path | None:
    """Return the file of the teacher that a configuration names; None: it names none, or a function.

    Raises
    ------
    ConfigurationError
        When the file is not the one that the configuration means.
    """
    options = config.learning
    if not options.component.has_teacher:  # type: ignore[union-attr]
        return None
    from neurosim_rl.gradient.teachers import checked_path  # loads PyTorch

    return checked_path(options.teacher, options.teacher_sha256)
