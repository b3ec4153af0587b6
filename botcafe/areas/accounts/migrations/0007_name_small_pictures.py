from urllib.parse import quote

from django.db import migrations


def name_small_pictures(apps, schema_editor):
    """Give pictures of before the address of their small copy, which is made when it is first asked for."""
    media = apps.get_model("accounts", "Media")
    rows = media.objects.filter(mime_type__startswith="image/", width__isnull=False).exclude(content_hash="")
    changed = []
    for row in rows.only("filename", "content_hash", "focal_x", "focal_y", "width", "height").iterator(500):
        if max(row.width or 0, row.height or 0) <= 64:
            continue
        x, y = (50.0 if each is None else min(100.0, max(0.0, each)) for each in (row.focal_x, row.focal_y))
        version = f"{row.content_hash[:12]}-{x:.0f}x{y:.0f}"
        row.thumbnail_url = f"/api/media/file/{quote(row.filename)}?size=320&v={version}"
        changed.append(row)
        if len(changed) == 500:
            media.objects.bulk_update(changed, ["thumbnail_url"])
            changed = []
    media.objects.bulk_update(changed, ["thumbnail_url"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_held_addresses")]

    operations = [migrations.RunPython(name_small_pictures, migrations.RunPython.noop)]
