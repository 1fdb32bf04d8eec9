import hashlib

import pytest

from keras_pod.core.errors import InputError
from keras_pod.data.sets.facescrub_files import Face, Listed, find_faces, read_list

HEADER = "name\timage_id\tface_id\turl\tbbox\tsha256\n"


def touch(root, *names, data=b"x"):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def listed(person, image_id, face_id=7, sha256=""):
    return Listed(person, image_id, face_id, (1, 2, 3, 4), sha256)


def test_read_list(tmp_path):
    path = tmp_path / "facescrub_actors.txt"
    line = "Aaron Eckhart\t1\t2\thttp://a.org/b.jpg\t53,177,418,542\tABCD\n"
    path.write_text(HEADER + line + "\n" + line.replace("Aaron", "Jos\u00e9"))
    first, second = read_list(path)
    assert first == Listed("Aaron Eckhart", 1, 2, (53, 177, 418, 542), "abcd")
    assert second.person == "Jos\u00e9 Eckhart"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("A\t1\t2\tu\t1,2,3\tsha", "line 2 .*bbox"),
        ("A\tone\t2\tu\t1,2,3,4\tsha", "line 2 .*tabs"),
        ("A 1 2 u 1,2,3,4 sha", "line 2 .*tabs"),
        ("../A\t1\t2\tu\t1,2,3,4\tsha", "line 2 .*names '../A'"),
        ("A\\B\t1\t2\tu\t1,2,3,4\tsha", "line 2 .*plain name"),
        ("..\t1\t2\tu\t1,2,3,4\tsha", "line 2 .*plain name"),
    ],
)
def test_bad_lines(tmp_path, line, message):
    path = tmp_path / "facescrub_actors.txt"
    path.write_text(HEADER + line)
    with pytest.raises(InputError, match=message):
        read_list(path)


def test_folders_of_faces(tmp_path):
    touch(
        tmp_path,
        "actor_faces/Al_Pacino/b.jpg",
        "actor_faces/Al_Pacino/a.png",
        "actor_faces/Al_Pacino/notes.txt",
        "actor_faces/.hidden/a.jpg",
        "actresses/faces/Jane Doe/1_2.jpeg",
        "other/Nobody/a.jpg",
    )
    found = find_faces(tmp_path, [])
    assert [(face.person, face.key) for face in found] == [
        ("Al Pacino", "actor_faces/Al_Pacino/a.png"),
        ("Al Pacino", "actor_faces/Al_Pacino/b.jpg"),
        ("Jane Doe", "actresses/faces/Jane Doe/1_2.jpeg"),
    ]
    assert all(face.box is None for face in found)


def test_full_images_are_found_by_number_or_hash(tmp_path):
    touch(
        tmp_path,
        "actors/images/Al_Pacino/Al_Pacino_12.jpeg",
        "actor_images/Al_Pacino/0034.jpg",
        "actress_images/Jane_Doe/ABCDEF.png",
        "actress_images/Jane_Doe/portrait.png",
    )
    lines = [
        listed("Al Pacino", 12, 1),
        listed("Al Pacino", 12, 2),
        listed("Al Pacino", 12, 2),
        listed("Al Pacino", 34),
        listed("Al Pacino", 2),
        listed("Jane Doe", 12),
        listed("Jane Doe", 13, sha256="abcdef"),
    ]
    found = find_faces(tmp_path, lines)
    assert [(face.key, face.path.name) for face in found] == [
        ("Al Pacino/12_1", "Al_Pacino_12.jpeg"),
        ("Al Pacino/12_2", "Al_Pacino_12.jpeg"),
        ("Al Pacino/34_7", "0034.jpg"),
        ("Jane Doe/13_7", "ABCDEF.png"),
    ]
    assert all(face.box == (1, 2, 3, 4) for face in found)


def test_faces_come_before_full_images(tmp_path):
    touch(tmp_path, "actor_faces/Al_Pacino/a.jpg", "actor_images/Al_Pacino/1.jpg")
    (face,) = find_faces(tmp_path, [listed("Al Pacino", 1)])
    assert face.path.name == "a.jpg"


def test_links_that_lead_out(tmp_path):
    touch(tmp_path, "secret/a.jpg", "in/actor_faces/A/a.jpg")
    (tmp_path / "in/actor_faces/B").symlink_to(tmp_path / "secret")
    with pytest.raises(InputError, match="B' is a link that leads out"):
        find_faces(tmp_path / "in", [])
    (tmp_path / "in/actor_faces/B").unlink()
    (tmp_path / "in/actor_faces/A/b.jpg").symlink_to(tmp_path / "secret/a.jpg")
    with pytest.raises(InputError, match=r"b\.jpg' is a link that leads out"):
        find_faces(tmp_path / "in", [])


def test_another_file_than_listed(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"sorry, this image is gone")
    good = hashlib.sha256(path.read_bytes()).hexdigest()
    assert Face("a", "A", path, sha256=good).read() == path.read_bytes()
    with pytest.raises(InputError, match=r"a\.jpg' is not the image that the lists"):
        Face("a", "A", path, sha256="0" * 64).read()
    with pytest.raises(InputError, match="No such file"):
        Face("a", "A", tmp_path / "gone.jpg").read()
